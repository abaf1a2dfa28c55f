import type { StatsFs } from 'node:fs';
import { type Sample, sample } from '../sample.ts';

const SECTOR = 512;
const MS = 1e-3;
/** What is no disk, or stands on others that are counted. */
const NO_DISK = /^(loop|ram|zram|dm-|md|sr|fd|nbd)\d*/;
const MOST_DISKS = 64;

/** Whole disks of `/sys/block`. */
export const disksIn = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name) => !NO_DISK.test(name)).slice(0, MOST_DISKS));

/** Counters of these disks, from `/proc/diskstats`. */
export const diskSamples = (diskstats: string, disks: ReadonlySet<string>): Sample[] =>
  diskstats.split('\n').flatMap((line): Sample[] => {
    const [, , name = '', ...numbers] = line.trim().split(/\s+/);
    if (!disks.has(name) || numbers.length < 10) return [];
    const at = (index: number): number => Number(numbers[index]);
    const device = { 'system.device': name };
    const directions = [
      ['read', 0, 2, 3],
      ['write', 4, 6, 7],
    ] as const;
    return [
      ...directions.flatMap(([direction, operations, sectors, time]): Sample[] => {
        const labels = { ...device, 'disk.io.direction': direction };
        return [
          sample('diskOperations', at(operations), labels),
          sample('diskIo', at(sectors) * SECTOR, labels),
          sample('diskOperationTime', at(time) * MS, labels),
        ];
      }),
      sample('diskIoTime', at(9) * MS, device),
    ];
  });

export type Place = 'root' | 'data' | 'models';

export type Space = Pick<StatsFs, 'bsize' | 'blocks' | 'bfree' | 'bavail'>;

/** Space of the file system below one of our folders. */
export const spaceSamples = (place: Place, { bsize, blocks, bfree, bavail }: Space): Sample[] => {
  const states = { used: blocks - bfree, free: bavail, reserved: bfree - bavail };
  return [
    ...(['used', 'free', 'reserved'] as const).map((state) =>
      sample('filesystemUsage', states[state] * bsize, { place, 'system.filesystem.state': state }),
    ),
    sample('filesystemLimit', blocks * bsize, { place }),
  ];
};
