import { type GroupFolders, type GroupLimits, numberIn, readLimits } from '../../core/hardware/control-group.ts';
import type { KernelFiles } from '../kernel-files.ts';
import { readStalls, type Stall } from '../pressure.ts';

/** What a control group may use and has used; what it does not tell is undefined. */
export interface GroupReading extends GroupLimits {
  readonly cpuSeconds: number | undefined;
  readonly throttledSeconds: number | undefined;
  readonly throttledPeriods: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly oomKills: number | undefined;
  readonly stalls: readonly (Stall & { readonly resource: 'cpu' | 'memory' | 'io' })[];
}

/** Reads a group; a limit is the tightest of the group and those around it. */
export const readGroup = (files: KernelFiles, folders: GroupFolders): GroupReading =>
  folders.version === 2 ? readVersion2(files, folders) : readVersion1(files, folders);

const readVersion2 = (files: KernelFiles, folders: GroupFolders): GroupReading => {
  const [own = ''] = folders.memory;
  const stat = files.read(`${own}/cpu.stat`);
  const micro = (name: string): number | undefined => scaled(fieldIn(stat, name), 1e-6);
  return {
    ...readLimits(files, folders),
    cpuSeconds: micro('usage_usec'),
    throttledSeconds: micro('throttled_usec'),
    throttledPeriods: fieldIn(stat, 'nr_throttled'),
    memoryBytes: numberIn(files.read(`${own}/memory.current`)),
    oomKills: fieldIn(files.read(`${own}/memory.events`), 'oom_kill'),
    stalls: (['cpu', 'memory', 'io'] as const).flatMap((resource) =>
      readStalls(files.read(`${own}/${resource}.pressure`) ?? '').map((stall) => ({ ...stall, resource })),
    ),
  };
};

const readVersion1 = (files: KernelFiles, folders: GroupFolders): GroupReading => {
  const { cpu, cpuAccount, memory } = folders;
  const stat = files.read(`${cpu[0]}/cpu.stat`);
  return {
    ...readLimits(files, folders),
    cpuSeconds: scaled(numberIn(files.read(`${cpuAccount[0]}/cpuacct.usage`)), 1e-9),
    throttledSeconds: scaled(fieldIn(stat, 'throttled_time'), 1e-9),
    throttledPeriods: fieldIn(stat, 'nr_throttled'),
    memoryBytes: numberIn(files.read(`${memory[0]}/memory.usage_in_bytes`)),
    oomKills: fieldIn(files.read(`${memory[0]}/memory.oom_control`), 'oom_kill'),
    stalls: [],
  };
};

const fieldIn = (text: string | undefined, name: string): number | undefined =>
  numberIn(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1]);

const scaled = (value: number | undefined, scale: number): number | undefined =>
  value === undefined ? undefined : value * scale;
