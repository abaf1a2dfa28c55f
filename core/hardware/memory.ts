import { type Seen, seen, unseen } from './check.ts';
import type { GroupLimits } from './control-group.ts';
import type { Sight } from './sight.ts';

export interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number | undefined;
  /** What makes it less than the machine has. */
  readonly limitedBy: string | undefined;
}

/** Memory of the machine, or of the control group where that allows less. */
export const readMemory = (sight: Sight, limits: GroupLimits | undefined): Seen<Memory> => {
  const meminfo = sight.read('/proc/meminfo') ?? '';
  const total = kilobytes(meminfo, 'MemTotal');
  if (total === undefined) return unseen('/proc/meminfo does not tell it');
  const limit = limits?.memoryLimit;
  const available = kilobytes(meminfo, 'MemAvailable');
  if (limit === undefined || limit >= total) {
    return seen({ totalBytes: total, availableBytes: available, limitedBy: undefined }, '/proc/meminfo');
  }
  const availableBytes = available === undefined ? undefined : Math.min(available, limit);
  return seen({ totalBytes: limit, availableBytes, limitedBy: 'memory limit of the control group' }, '/sys/fs/cgroup');
};

/** Where udev keeps what it read from the firmware's tables as root: the tables themselves are root's alone. */
const UDEV_RECORD = '/run/udev/data/+dmi:id';
const EDAC = '/sys/devices/system/edac/mc';

export interface MemoryType {
  /** `DDR5`, `LPDDR5`, … */
  readonly type: string;
  readonly transfersPerSecond: number | undefined;
  readonly modules: number | undefined;
}

/** Kind and speed of the modules, where anything that we may read tells it. */
export const readMemoryType = async (sight: Sight, isRoot: boolean): Promise<Seen<MemoryType>> => {
  const record = fromUdev(sight.read(UDEV_RECORD) ?? '');
  if (record !== undefined) return seen(record, UDEV_RECORD);
  const module = fromEdac(sight);
  if (module !== undefined) return seen(module, EDAC);
  if (!isRoot) return unseen('udev and EDAC do not tell it, and the firmware table is for root alone');
  const answer = await sight.run('dmidecode', ['-t', '17']);
  const told = answer.kind === 'said' ? fromDmidecode(answer.stdout) : undefined;
  return told === undefined ? unseen('neither udev, EDAC nor dmidecode tells it') : seen(told, 'dmidecode -t 17');
};

const fromUdev = (record: string): MemoryType | undefined => {
  const fields = new Map(
    [...record.matchAll(/^E:MEMORY_DEVICE_(\d+_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const modules = [...fields].filter(([name, value]) => /^\d+_TYPE$/.test(name) && isType(value));
  const [first] = modules;
  if (first === undefined) return undefined;
  const [slot] = first[0].split('_');
  const speed = Number(fields.get(`${slot}_CONFIGURED_SPEED_MTS`) ?? fields.get(`${slot}_SPEED_MTS`));
  return { type: first[1], transfersPerSecond: speed > 0 ? speed * 1e6 : undefined, modules: modules.length };
};

const fromEdac = (sight: Sight): MemoryType | undefined => {
  const types = sight.list(EDAC).flatMap((controller) =>
    sight
      .list(`${EDAC}/${controller}`)
      .filter((name) => /^dimm\d+$/.test(name))
      .flatMap((name) => /DDR\d/.exec(sight.read(`${EDAC}/${controller}/${name}/dimm_mem_type`) ?? '')?.[0] ?? []),
  );
  const [type] = types;
  return type === undefined ? undefined : { type, transfersPerSecond: undefined, modules: types.length };
};

const fromDmidecode = (text: string): MemoryType | undefined => {
  const modules = text.split(/\n\s*\n/).flatMap((block) => {
    const type = /^\s*Type: (\S+)$/m.exec(block)?.[1];
    return type !== undefined && isType(type) ? [{ type, block }] : [];
  });
  const [first] = modules;
  if (first === undefined) return undefined;
  const speed = /^\s*(?:Configured Memory )?Speed: (\d+) MT\/s$/m.exec(first.block)?.[1];
  return {
    type: first.type,
    transfersPerSecond: speed === undefined ? undefined : Number(speed) * 1e6,
    modules: modules.length,
  };
};

/** Empty slots have a type of their own, and virtual machines say `RAM`. */
const isType = (text: string): boolean => /DDR\d|HBM/.test(text);

const kilobytes = (meminfo: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
};
