import type { DataClass, Purpose } from '../config/egress-words.ts';

/** How an attempt to leave ended: answered, not made, or made in vain. */
export const EGRESS_OUTCOMES = ['sent', 'refused', 'failed'] as const;
export type EgressOutcome = (typeof EGRESS_OUTCOMES)[number];

/** One attempt to leave, as whoever made it reports it. */
export interface EgressNote {
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  /** `host:port`. */
  readonly destination: string;
  readonly outcome: EgressOutcome;
  /** Another program that was started for it, such as pip: what it connects to is not seen here. */
  readonly program?: string;
}

/** Everything that was seen of one destination since the start. */
export interface SeenDestination {
  readonly purpose: Purpose;
  readonly destination: string;
  readonly sent: number;
  readonly refused: number;
  readonly failed: number;
  /** Epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Ledger {
  note(note: EgressNote): void;
  /** In the order they were first seen. */
  seen(): readonly SeenDestination[];
  /** Attempts that were refused, by purpose. */
  refusals(): Readonly<Partial<Record<Purpose, number>>>;
}

interface Options {
  /** Called for the first attempt at a destination, and for the first that was refused. */
  readonly onNew: (note: EgressNote) => void;
  readonly onNote: (note: EgressNote) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** More destinations than this are counted but not listed: a hostile list of hosts must not fill the memory. */
const MAX_DESTINATIONS = 1000;

/** Counts what leaves, and tells of every destination that is new. */
export const createLedger = ({ onNew, onNote, now }: Options): Ledger => {
  const seen = new Map<string, { -readonly [K in keyof SeenDestination]: SeenDestination[K] }>();
  const refusals: Partial<Record<Purpose, number>> = {};
  return {
    note(note) {
      const { purpose, destination, outcome } = note;
      onNote(note);
      if (outcome === 'refused') refusals[purpose] = (refusals[purpose] ?? 0) + 1;
      const key = `${purpose} ${destination}`;
      const at = now();
      const known = seen.get(key);
      if (known === undefined && seen.size >= MAX_DESTINATIONS) return onNew(note);
      const entry = known ?? { purpose, destination, sent: 0, refused: 0, failed: 0, firstAt: at, lastAt: at };
      const isNew = known === undefined || (outcome === 'refused' && entry.refused === 0);
      entry[outcome] += 1;
      entry.lastAt = at;
      seen.set(key, entry);
      if (isNew) onNew(note);
    },
    seen: () => [...seen.values()].map((entry) => ({ ...entry })),
    refusals: () => ({ ...refusals }),
  };
};
