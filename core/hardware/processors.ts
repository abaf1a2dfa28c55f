import { type Seen, seen, unseen } from './check.ts';
import type { GroupLimits } from './control-group.ts';
import type { Sight } from './sight.ts';

/** The processors that this process may use. */
export interface Processors {
  readonly model: string | undefined;
  /** Physical cores of the machine. */
  readonly cores: number;
  readonly threads: number;
  /** Physical cores this process may use: less where a control group or an affinity mask says so. */
  readonly usable: number;
  /** What makes it fewer than there are. */
  readonly limitedBy: string | undefined;
  readonly flags: ReadonlySet<string>;
  readonly isVirtual: boolean;
}

/** Counts what `/proc/cpuinfo` lists, within the limits of this process. */
export const readProcessors = (sight: Sight, limits: GroupLimits | undefined): Seen<Processors> => {
  const cpuinfo = sight.read('/proc/cpuinfo');
  if (cpuinfo === undefined) return unseen('/proc/cpuinfo is not there: only Linux tells it this way');
  const all = listThreads(sight, cpuinfo);
  if (all.length === 0) return unseen('/proc/cpuinfo lists no processor');
  const allowed = allowedThreads(sight.read('/proc/self/status') ?? '');
  const cores = countCores(all);
  const mine = allowed === undefined ? cores : countCores(all.filter(({ id }) => allowed.has(id)));
  const quota = limits?.cpuLimit ?? Number.POSITIVE_INFINITY;
  const usable = Math.min(cores, mine, quota);
  const flags = fieldIn(cpuinfo, 'flags') ?? fieldIn(cpuinfo, 'Features') ?? '';
  const value = {
    ...{ cores, threads: all.length, usable },
    model: fieldIn(cpuinfo, 'model name') ?? fieldIn(cpuinfo, 'Model') ?? partName(cpuinfo),
    limitedBy: usable === cores ? undefined : usable === quota ? 'CPU quota of the control group' : 'CPU affinity',
    flags: new Set(flags.split(' ').filter((flag) => flag !== '')),
    isVirtual: / hypervisor( |$)/.test(flags),
  };
  return seen(value, '/proc/cpuinfo');
};

interface Thread {
  readonly id: number;
  readonly core: string;
}

/** Most ARM kernels name no cores in `cpuinfo`; the topology does. Without either each thread is a core. */
const listThreads = (sight: Sight, cpuinfo: string): readonly Thread[] =>
  cpuinfo.split(/\n\s*\n/).flatMap((block) => {
    const id = /^processor\s*:\s*(\d+)\s*$/m.exec(block)?.[1];
    if (id === undefined) return [];
    const folder = `/sys/devices/system/cpu/cpu${id}/topology`;
    const core = fieldIn(block, 'core id') ?? sight.read(`${folder}/core_id`)?.trim() ?? `thread ${id}`;
    const socket = fieldIn(block, 'physical id') ?? sight.read(`${folder}/physical_package_id`)?.trim() ?? '0';
    return [{ id: Number(id), core: `${socket}/${core}` }];
  });

const countCores = (threads: readonly Thread[]): number => new Set(threads.map(({ core }) => core)).size;

/** The mask `0-3,8` of `/proc/self/status`: affinity and cpuset in one. */
const allowedThreads = (status: string): ReadonlySet<number> | undefined => {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  if (list === undefined) return undefined;
  return new Set(
    list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }),
  );
};

/** Cores of ARM's own design, by implementer and part. */
const ARM_PARTS: Readonly<Record<string, string>> = {
  '0xd03': 'Cortex-A53',
  '0xd08': 'Cortex-A72',
  '0xd0b': 'Cortex-A76',
  '0xd0c': 'Neoverse-N1',
  '0xd40': 'Neoverse-V1',
  '0xd49': 'Neoverse-N2',
  '0xd4f': 'Neoverse-V2',
};

const partName = (cpuinfo: string): string | undefined => ARM_PARTS[fieldIn(cpuinfo, 'CPU part') ?? ''];

/** The highest clock a core may reach, or where nobody tells that, the one of this moment. */
export interface Frequency {
  readonly hertz: number;
  readonly isHighest: boolean;
}

/** Looks where the kernel scales it, then at the name of the processor, then at the moment. */
export const readFrequency = (sight: Sight): Seen<Frequency> => {
  const highest = sight
    .list('/sys/devices/system/cpu/cpufreq')
    .filter((name) => name.startsWith('policy'))
    .map((name) => Number(sight.read(`/sys/devices/system/cpu/cpufreq/${name}/cpuinfo_max_freq`)))
    .filter((kilohertz) => kilohertz > 0);
  if (highest.length > 0) {
    return seen({ hertz: Math.max(...highest) * 1e3, isHighest: true }, '/sys/devices/system/cpu/cpufreq');
  }
  const cpuinfo = sight.read('/proc/cpuinfo') ?? '';
  const named = /@ ([\d.]+)GHz/.exec(fieldIn(cpuinfo, 'model name') ?? '')?.[1];
  if (named !== undefined) return seen({ hertz: Number(named) * 1e9, isHighest: false }, 'name of the processor');
  const now = [...cpuinfo.matchAll(/^cpu MHz\s*:\s*([\d.]+)\s*$/gm)].map(([, megahertz]) => Number(megahertz));
  if (now.length > 0) return seen({ hertz: Math.max(...now) * 1e6, isHighest: false }, '/proc/cpuinfo');
  return unseen('neither cpufreq nor /proc/cpuinfo tells it');
};

const fieldIn = (text: string, name: string): string | undefined => {
  const found = new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim();
  return found === '' ? undefined : found;
};
