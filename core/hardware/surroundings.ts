import type { Sight } from './sight.ts';

/** Where this process runs. */
export type Place = 'machine' | 'virtual machine' | 'WSL2' | 'container';

export interface Surroundings {
  readonly place: Place;
  /** Of the machine, as its firmware tells it. */
  readonly product: string | undefined;
  readonly kernel: string | undefined;
}

/** A container in a virtual machine is a container: what is nearest decides what can be seen. */
export const readSurroundings = (sight: Sight): Surroundings => {
  const version = sight.read('/proc/version') ?? '';
  const dmi = ['sys_vendor', 'product_name']
    .flatMap((name) => sight.read(`/sys/class/dmi/id/${name}`)?.trim() ?? [])
    .filter((text) => !/^(system|default|to be filled)/i.test(text));
  // The kernel ends the texts of a device tree with a zero byte.
  const board = sight.read('/proc/device-tree/model')?.replaceAll('\0', '').trim();
  return {
    place: placeOf(sight, version),
    product: dmi.length > 0 ? dmi.join(' ') : board,
    kernel: /^Linux version (\S+)/.exec(version)?.[1],
  };
};

const placeOf = (sight: Sight, version: string): Place => {
  const groups = `${sight.read('/proc/1/cgroup') ?? ''}\n${sight.read('/proc/self/cgroup') ?? ''}`;
  const isMarked = ['/.dockerenv', '/run/.containerenv'].some((file) => sight.read(file) !== undefined);
  if ((isMarked && !hasOwnDisk(sight)) || /docker|kubepods|containerd|libpod|lxc/.test(groups)) return 'container';
  if (/microsoft-standard/i.test(version)) return 'WSL2';
  return /^flags\s*:.* hypervisor( |$)/m.test(sight.read('/proc/cpuinfo') ?? '') ? 'virtual machine' : 'machine';
};

/** A machine that was made from the image of a container has the image's mark, but a whole disk as its root. */
const hasOwnDisk = (sight: Sight): boolean =>
  /^\d+ \d+ [1-9]\d*:\d+ \/ \/ .* - (?!overlay)/m.test(sight.read('/proc/self/mountinfo') ?? '');
