import { type Seen, seen, unseen } from './check.ts';
import type { Sight } from './sight.ts';

/** `virtual`: the host behind it is not told. */
export type DiskKind = 'NVMe SSD' | 'SSD' | 'hard disk' | 'memory card' | 'virtual' | 'network' | 'memory';

export interface Disk {
  readonly name: string;
  readonly kind: DiskKind;
  readonly sizeBytes: number | undefined;
}

const NETWORK = /^(nfs|cifs|smb|ceph|glusterfs|9p|virtiofs|fuse\.sshfs)/;
const SECTOR_BYTES = 512;

/** The disk below a folder; one that is not made yet lies where its parent does. */
export const readDisk = (sight: Sight, folder: string): Seen<Disk> => {
  const mount = mountOf(sight.read('/proc/self/mountinfo') ?? '', sight.follow(folder) ?? folder);
  if (mount === undefined) return unseen('/proc/self/mountinfo does not tell what is mounted there');
  const source = `/proc/self/mountinfo, ${mount.type} on ${mount.at}`;
  if (NETWORK.test(mount.type)) return seen({ name: mount.from, kind: 'network', sizeBytes: undefined }, source);
  if (mount.type === 'tmpfs') return seen({ name: 'tmpfs', kind: 'memory', sizeBytes: undefined }, source);
  const name = diskBehind(sight, mount);
  if (name === undefined) {
    return unseen(`what is below the ${mount.type} of ${mount.at} is not to be seen from here`);
  }
  const sectors = Number(sight.read(`/sys/block/${name}/size`));
  return seen(
    { name, kind: kindOf(sight, name), sizeBytes: sectors > 0 ? sectors * SECTOR_BYTES : undefined },
    `/sys/block/${name}`,
  );
};

interface Mount {
  readonly at: string;
  readonly device: string;
  readonly type: string;
  readonly from: string;
}

/** The mount with the longest path that the folder lies under; the later of two on the same path hides the earlier. */
const mountOf = (mountinfo: string, folder: string): Mount | undefined => {
  let found: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , device = '', , at] = left.split(' ').map(unescaped);
    const [type = '', from = ''] = right.split(' ').map(unescaped);
    if (at === undefined || !isUnder(folder, at)) continue;
    if (found === undefined || at.length >= found.at.length) found = { at, device, type, from };
  }
  return found;
};

const isUnder = (folder: string, at: string): boolean =>
  at === '/' || folder === at || folder.startsWith(at.endsWith('/') ? at : `${at}/`);

/** The kernel writes a space of a path as `\040`. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** From partition, volume or mapping down to the disk of `/sys/block`. */
const diskBehind = (sight: Sight, { device, from }: Mount): string | undefined => {
  const disks = new Set(sight.list('/sys/block'));
  // Btrfs and ZFS have device numbers of their own that lead nowhere; what they were mounted from does.
  const path =
    sight.follow(`/sys/dev/block/${device}`) ??
    (from.startsWith('/dev/')
      ? sight.follow(`/sys/class/block/${(sight.follow(from) ?? from).split('/').at(-1) ?? ''}`)
      : undefined);
  const name = path?.split('/').findLast((part) => disks.has(part));
  return name === undefined ? undefined : lowest(sight, name, disks);
};

const MOST_LAYERS = 8;

const lowest = (sight: Sight, name: string, disks: ReadonlySet<string>): string => {
  let at = name;
  for (let layer = 0; layer < MOST_LAYERS; layer += 1) {
    const [below] = sight.list(`/sys/block/${at}/slaves`);
    if (below === undefined) return at;
    // A mapping stands on a partition, which has no folder of its own in /sys/block.
    const path = sight.follow(`/sys/class/block/${below}`);
    at = path?.split('/').findLast((part) => disks.has(part)) ?? below;
  }
  return at;
};

const kindOf = (sight: Sight, name: string): DiskKind => {
  if (name.startsWith('nvme')) return 'NVMe SSD';
  if (name.startsWith('mmcblk')) return 'memory card';
  const model = sight.read(`/sys/block/${name}/device/model`)?.trim() ?? '';
  if (/^(vd|xvd)/.test(name) || /virtual|qemu|vmware/i.test(model)) return 'virtual';
  return sight.read(`/sys/block/${name}/queue/rotational`)?.trim() === '1' ? 'hard disk' : 'SSD';
};
