import type { EgressNote } from '../../core/egress/ledger.ts';

/** What the detector tells whoever started it, over node IPC. Nothing here is secret. */
export type AnomalyReport =
  | { readonly type: 'listening'; readonly url: string; readonly pid: number }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string }
  /** An attempt to leave the machine, for the books of the gateway. */
  | { readonly type: 'egress'; readonly note: EgressNote }
  /** The process exits after it and starting it again would not help. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string };

/** What the detector is told. */
export type AnomalyOrder = { readonly type: 'stop'; readonly now: boolean };
