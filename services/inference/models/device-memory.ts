import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ModelConfig } from '../../../core/config/schema.ts';

/** One accelerator and the memory nobody uses on it. */
export interface DeviceMemory {
  readonly id: string;
  readonly freeBytes: number;
}

const QUERY = ['--query-gpu=uuid,memory.free', '--format=csv,noheader,nounits'];
const LIMIT_MS = 10_000;
const MIB = 1024 * 1024;
/** Where the driver shows itself; starting the program costs a quarter of a second even where there is none. */
const DRIVER = '/proc/driver/nvidia/version';

/** What `nvidia-smi` says of the memory of each GPU; a row that is not as expected is no device. */
export const parseDeviceMemory = (text: string): readonly DeviceMemory[] =>
  text.split('\n').flatMap((row) => {
    const [id = '', free = ''] = row.split(',').map((cell) => cell.trim());
    const isRow = /^(?:GPU|MIG)-[\w-]+$/.test(id) && /^\d+$/.test(free);
    return isRow ? [{ id, freeBytes: Number(free) * MIB }] : [];
  });

/** The GPUs of this machine; none where no driver is loaded, or it does not answer. */
export const readDeviceMemory = async (command = 'nvidia-smi', driver = DRIVER): Promise<readonly DeviceMemory[]> => {
  if (process.platform === 'linux' && !existsSync(driver)) return [];
  try {
    const { stdout } = await promisify(execFile)(command, QUERY, { timeout: LIMIT_MS, windowsHide: true });
    return parseDeviceMemory(stdout);
  } catch {
    return [];
  }
};

/** What a model may take on the devices it is to run on; `undefined` where it runs on none that is known. */
export const freeOnDevices = (
  { device, gpuLayers, split }: Pick<ModelConfig, 'device' | 'gpuLayers' | 'split'>,
  devices: readonly DeviceMemory[],
): number | undefined => {
  if (device === 'cpu' || gpuLayers === 0) return undefined;
  const named = device === 'auto' ? devices : devices.filter(({ id }) => device.some((name) => id.startsWith(name)));
  if (named.length === 0) return undefined;
  const free = named.map(({ freeBytes }) => freeBytes);
  return split === 'none' ? Math.max(...free) : free.reduce((sum, bytes) => sum + bytes, 0);
};
