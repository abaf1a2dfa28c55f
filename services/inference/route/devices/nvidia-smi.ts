import { existsSync } from 'node:fs';
import { ExecaError, execa } from 'execa';
import type { Device, DeviceReading, DeviceSource } from './device.ts';

const QUERY = ['--query-gpu=uuid,name,memory.total,memory.free', '--format=csv,noheader,nounits'];
const LIMIT_MS = 10_000;
const MIB = 1024 * 1024;
const COLUMNS = 4;
/** Where the driver shows itself; starting the program costs a quarter of a second even where there is none. */
const DRIVER = '/proc/driver/nvidia/version';

/** What `nvidia-smi` says of each GPU. */
export const nvidiaSmi = (command = 'nvidia-smi', driver = DRIVER): DeviceSource => ({
  async read() {
    if (process.platform === 'linux' && !existsSync(driver)) return { kind: 'none' };
    try {
      const { stdout } = await execa(command, QUERY, { timeout: LIMIT_MS, windowsHide: true });
      return parseDevices(stdout);
    } catch (error) {
      if (error instanceof ExecaError && error.code === 'ENOENT') return { kind: 'none' };
      return { kind: 'unknown', reason: error instanceof ExecaError ? error.shortMessage : String(error) };
    }
  },
});

/** The rows of `nvidia-smi`; one that is not as expected makes the whole answer worth nothing. */
export const parseDevices = (text: string): DeviceReading => {
  const rows = text.split('\n').filter((row) => row.trim() !== '');
  if (rows.length === 0 || rows[0]?.startsWith('No devices were found') === true)
    return { kind: 'devices', devices: [] };
  const devices = rows.flatMap((row) => readRow(row) ?? []);
  if (devices.length === rows.length) return { kind: 'devices', devices };
  return { kind: 'unknown', reason: 'nvidia-smi: expected rows of uuid, name, memory.total, memory.free; got others' };
};

const readRow = (row: string): Device | undefined => {
  const cells = row.split(',').map((cell) => cell.trim());
  const [uuid = '', name = '', total = '', free = ''] = cells;
  const isDevice = cells.length === COLUMNS && /^(?:GPU|MIG)-[\w-]+$/.test(uuid) && [total, free].every(isCount);
  if (!isDevice) return undefined;
  return { uuid, kind: 'cuda', name, totalBytes: Number(total) * MIB, freeBytes: Number(free) * MIB };
};

const isCount = (cell: string): boolean => /^\d+$/.test(cell);
