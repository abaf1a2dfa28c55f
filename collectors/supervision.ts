import type { EgressNote } from '../core/egress/ledger.ts';

/** What the collectors tell whoever started them, over node IPC. Nothing here is secret. */
export type CollectorsReport =
  | { readonly type: 'listening'; readonly url: string; readonly pid: number }
  /** What there is to read on this machine, and why something is not. */
  | { readonly type: 'found'; readonly text: string }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string }
  /** An attempt to leave the machine, for the books of the gateway. */
  | { readonly type: 'egress'; readonly note: EgressNote }
  /** The process exits after it and starting it again would not help. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string };

/** What the collectors are told. */
export type CollectorsOrder = { readonly type: 'stop'; readonly now: boolean };
