import type { OUR_PROCESSES } from '../../core/telemetry/metrics.ts';

/** Which of ours a process is: its kind, and its number among those of the kind. */
export interface Owner {
  readonly kind: (typeof OUR_PROCESSES)[number];
  readonly index: number;
}

/** Tells whose a process id is; undefined for everybody else's. */
export interface ProcessOwners {
  ownerOf(pid: number): Owner | undefined;
}

/** The labels of an owner. */
export const labelsOfOwner = ({ kind, index }: Owner) =>
  ({ 'clawdbot.process': kind, 'clawdbot.process.index': index }) as const;
