import type { EgressNote } from '../../../core/egress/ledger.ts';
import type { EgressRow } from '../../../core/egress/policy.ts';

/** What engine processes may do beyond this machine, and where they report what they did. */
export interface EngineEgress {
  rows(): readonly EgressRow[];
  note(note: EgressNote): void;
  /** Tells of new rows; answers how to stop listening. */
  onChange(listener: (rows: readonly EgressRow[]) => void): () => void;
}

/** Nothing leaves. */
export const NO_EGRESS: EngineEgress = { rows: () => [], note: () => {}, onChange: () => () => {} };
