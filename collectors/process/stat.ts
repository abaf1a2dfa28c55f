import { TICKS } from '../host/cpu.ts';

/** What `/proc/<pid>/stat` tells of a process. */
export interface ProcessStat {
  readonly parent: number;
  readonly isZombie: boolean;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly threads: number;
  /** Seconds after the start of the machine; with the id it names a process for good. */
  readonly startedAt: number;
  readonly residentPages: number;
}

/** Undefined for what is no such line. The name in it may hold spaces and brackets. */
export const readProcessStat = (text: string): ProcessStat | undefined => {
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (rest.length < 22) return undefined;
  const at = (index: number): number => Number(rest[index]);
  const read = {
    parent: at(1),
    isZombie: rest[0] === 'Z' || rest[0] === 'X',
    userSeconds: at(11) / TICKS,
    systemSeconds: at(12) / TICKS,
    threads: at(17),
    startedAt: at(19) / TICKS,
    residentPages: at(21),
  };
  return Object.values(read).every((value) => typeof value === 'boolean' || Number.isFinite(value)) ? read : undefined;
};

const PAGE_SIZES = [4096, 16_384, 65_536] as const;

/** The size of a page here: the one with which our own pages come to our own memory. */
export const pageSize = (ownPages: number, ownBytes: number): number =>
  PAGE_SIZES.reduce((best, size) =>
    Math.abs(size * ownPages - ownBytes) < Math.abs(best * ownPages - ownBytes) ? size : best,
  );
