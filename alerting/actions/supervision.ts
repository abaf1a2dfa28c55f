import type { ProcessRun } from '../../core/config/run-file.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';

/** What the actions tell whoever started them, over node IPC. Nothing here is secret. */
export type ActionsReport =
  | { readonly type: 'listening'; readonly url: string; readonly pid: number }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string }
  /** An attempt to leave the machine, for the books of the gateway. */
  | { readonly type: 'egress'; readonly note: EgressNote }
  /** The process exits after it and starting it again would not help. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string };

/** What the actions are told. */
export type ActionsOrder = { readonly type: 'stop'; readonly now: boolean };

/** What they leave in the data folder while they run (`actions.json` in `dataPaths(data).run`). */
export interface ActionsRun extends ProcessRun {
  /** PEM file of the certificate they answer with, where they have one. */
  readonly certFile?: string;
  /** File with the token that readers must send, where one is asked for. */
  readonly tokenFile?: string;
}
