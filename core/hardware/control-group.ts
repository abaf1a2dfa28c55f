import { posix } from 'node:path';

/** The files that tell of control groups; a captured machine has the same. */
export interface GroupFiles {
  /** Undefined for what is not there, or not for us. */
  read(path: string): string | undefined;
  /** Empty for what is not there. */
  list(path: string): readonly string[];
}

/** Where the control groups of a process are; version 1 has a folder per controller. */
export interface GroupFolders {
  readonly version: 1 | 2;
  readonly cpu: readonly string[];
  readonly cpuAccount: readonly string[];
  /** From the group itself outwards, the root of the mount last. */
  readonly memory: readonly string[];
}

/** What a process may use; undefined where nothing limits it. */
export interface GroupLimits {
  /** Processors at once; a fraction for a quota. */
  readonly cpuLimit: number | undefined;
  readonly memoryLimit: number | undefined;
}

/** Where each hierarchy is mounted, from `/proc/self/mountinfo`: by controller, and `unified`. */
export const readMounts = (mountinfo: string): ReadonlyMap<string, string> => {
  const mounts = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const folder = left.split(' ')[4];
    const [type, , options = ''] = right.split(' ');
    if (folder === undefined) continue;
    if (type === 'cgroup2') mounts.set('unified', folder);
    if (type === 'cgroup') for (const option of options.split(',')) mounts.set(option, folder);
  }
  return mounts;
};

/** The folders of a process, from its `/proc/<pid>/cgroup`; undefined where no controller is mounted. */
export const findFolders = (
  files: GroupFiles,
  cgroup: string,
  mounts: ReadonlyMap<string, string>,
): GroupFolders | undefined => {
  const paths = new Map<string, string>();
  for (const line of cgroup.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (path === undefined || controllers === undefined) continue;
    for (const controller of controllers === '' ? ['unified'] : controllers.split(',')) paths.set(controller, path);
  }
  const upwards = (controller: string): string[] => {
    const mount = mounts.get(controller);
    const path = paths.get(controller);
    if (mount === undefined || path === undefined) return [];
    // Inside a container the path is often that of the host, where only its own group is mounted.
    const own = files.list(posix.join(mount, path)).length > 0 ? posix.join('/', path) : '/';
    const parts = own.split('/').filter((part) => part !== '' && part !== '..');
    return Array.from({ length: parts.length + 1 }, (_none, up) =>
      posix.join(mount, ...parts.slice(0, parts.length - up)),
    );
  };
  // Both may be mounted at once; a controller is in one of them.
  const version = paths.has('memory') || paths.has('cpu') ? 1 : 2;
  const folders =
    version === 1
      ? { cpu: upwards('cpu'), cpuAccount: upwards('cpuacct'), memory: upwards('memory') }
      : { cpu: upwards('unified'), cpuAccount: upwards('unified'), memory: upwards('unified') };
  return folders.cpu.length + folders.memory.length === 0 ? undefined : { version, ...folders };
};

/** What version 1 writes for no limit: the largest number of pages. */
const UNLIMITED = 2 ** 62;

/** The tightest limits of a group and those around it. */
export const readLimits = (files: GroupFiles, { version, cpu, memory }: GroupFolders): GroupLimits =>
  version === 2
    ? {
        cpuLimit: tightest(cpu, (folder) => {
          const [quota, period] = (files.read(`${folder}/cpu.max`) ?? 'max').trim().split(' ').map(Number);
          return quota === undefined || period === undefined ? undefined : quota / period;
        }),
        memoryLimit: tightest(memory, (folder) => numberIn(files.read(`${folder}/memory.max`))),
      }
    : {
        cpuLimit: tightest(cpu, (folder) => {
          const quota = numberIn(files.read(`${folder}/cpu.cfs_quota_us`));
          const period = numberIn(files.read(`${folder}/cpu.cfs_period_us`));
          return quota === undefined || period === undefined || quota <= 0 ? undefined : quota / period;
        }),
        memoryLimit: tightest(memory, (folder) => {
          const limit = numberIn(files.read(`${folder}/memory.limit_in_bytes`));
          return limit === undefined || limit >= UNLIMITED ? undefined : limit;
        }),
      };

/** A whole number that is all of a file. */
export const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;

const tightest = (folders: readonly string[], read: (folder: string) => number | undefined): number | undefined =>
  folders.map(read).reduce((least, limit) => {
    if (limit === undefined || !Number.isFinite(limit)) return least;
    return least === undefined ? limit : Math.min(least, limit);
  }, undefined);
