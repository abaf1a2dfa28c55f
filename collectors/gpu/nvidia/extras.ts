import { labelsOfOwner, type ProcessOwners } from '../../process/owners.ts';
import type { AcceleratorReading } from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';
import { numberIn, readCell } from './cell.ts';

const MIB = 1024 ** 2;
const KIB = 1024;
const GB = 1e9;

/** Memory of each process on each device. */
export const APPS_QUERY = ['--query-compute-apps=gpu_uuid,pid,used_memory', '--format=csv,noheader,nounits'] as const;

/** The memory of our processes on each device, and of all others together; a process that tells none is left out. */
export const readApps = (text: string, owners: ProcessOwners): Sample[] => {
  const sums = new Map<string, Sample>();
  for (const line of text.split('\n')) {
    const [uuid = '', pid = '', memory = '', ...more] = line.split(',').map((cell) => cell.trim());
    const cell = readCell(memory);
    const mebibytes = cell.kind === 'value' ? numberIn(cell.text) : undefined;
    if (more.length > 0 || !/^(GPU|MIG)-/.test(uuid) || !/^\d+$/.test(pid) || mebibytes === undefined) continue;
    const owner = labelsOfOwner(owners.ownerOf(Number(pid)) ?? { kind: 'other', index: 0 });
    const key = `${uuid} ${owner['clawdbot.process']} ${owner['clawdbot.process.index']}`;
    const before = sums.get(key)?.value ?? 0;
    sums.set(
      key,
      sample('processAcceleratorMemory', before + mebibytes * MIB, { 'hw.id': uuid, 'hw.type': 'gpu', ...owner }),
    );
  }
  return [...sums.values()];
};

/** The slices that `nvidia-smi -L` lists below each device. */
export const readSlices = (text: string): AcceleratorReading[] => {
  let parent: string | undefined;
  return text.split('\n').flatMap((line): AcceleratorReading[] => {
    const [, model = '', id = ''] = /^\s*(?:GPU \d+: )?(.+?)\s*(?:Device\s+\d+: )?\(UUID: ([\w/-]+)\)/.exec(line) ?? [];
    if (id.startsWith('GPU-')) parent = id;
    if (!id.startsWith('MIG-') || parent === undefined) return [];
    return [{ id, type: 'gpu', vendor: 'NVIDIA', model, parent, health: 'unknown', samples: [] }];
  });
};

/** The NVLinks that `nvidia-smi nvlink -s` lists, by device; nothing for devices that have none or do not tell. */
export const readLinks = (text: string): Sample[] => {
  const devices: { readonly id: string; active: number; inactive: number; bytesPerSecond: number }[] = [];
  for (const line of text.split('\n')) {
    const id = /\(UUID: (GPU-[\w-]+)\)/.exec(line)?.[1];
    if (id !== undefined) devices.push({ id, active: 0, inactive: 0, bytesPerSecond: 0 });
    const [, speed, word] = /^\s*Link \d+:\s*(?:([\d.]+) GB\/s|<(inactive)>)/.exec(line) ?? [];
    const device = devices.at(-1);
    if (device === undefined) continue;
    if (word !== undefined) device.inactive += 1;
    if (speed === undefined) continue;
    device.active += 1;
    device.bytesPerSecond += Number(speed) * GB;
  }
  return devices
    .filter(({ active, inactive }) => active + inactive > 0)
    .flatMap(({ id, active, inactive, bytesPerSecond }) => {
      const labels = { 'hw.id': id, 'hw.type': 'gpu' } as const;
      return [
        sample('nvlinkLinks', active, { ...labels, state: 'active' }),
        sample('nvlinkLinks', inactive, { ...labels, state: 'inactive' }),
        sample('nvlinkBandwidth', bytesPerSecond, labels),
      ];
    });
};

/** The data that `nvidia-smi nvlink -gt d` counted, by device and direction; nothing for devices that tell none. */
export const readTraffic = (text: string): Sample[] => {
  const devices: { readonly id: string; readonly kibibytes: Map<'Tx' | 'Rx', number> }[] = [];
  for (const line of text.split('\n')) {
    const id = /\(UUID: (GPU-[\w-]+)\)/.exec(line)?.[1];
    if (id !== undefined) devices.push({ id, kibibytes: new Map() });
    const [, way, count] = /^\s*Link \d+: Data (Tx|Rx): (\d+) KiB\s*$/.exec(line) ?? [];
    const sums = devices.at(-1)?.kibibytes;
    if ((way === 'Tx' || way === 'Rx') && sums !== undefined) sums.set(way, (sums.get(way) ?? 0) + Number(count));
  }
  return devices.flatMap(({ id, kibibytes }) =>
    [...kibibytes].map(([way, count]) =>
      sample('nvlinkIo', count * KIB, {
        'hw.id': id,
        'hw.type': 'gpu',
        'network.io.direction': way === 'Tx' ? 'transmit' : 'receive',
      }),
    ),
  );
};
