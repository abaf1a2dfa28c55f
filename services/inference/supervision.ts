import type { EgressNote } from '../../core/egress/ledger.ts';

/** What the gateway tells whoever started it, over node IPC. Nothing here is secret. */

export type ModelPhase = 'fetching' | 'loading' | 'ready' | 'failed' | 'stopped';

export type GatewayReport =
  | { readonly type: 'configuration'; readonly file: string | null }
  | {
      readonly type: 'certificate';
      readonly caFile: string | null;
      readonly created: boolean;
      readonly notAfter: string;
    }
  | {
      readonly type: 'model';
      readonly id: string;
      readonly phase: ModelPhase;
      /** Share of the phase that is done, 0 to 1; absent when it cannot be known. */
      readonly ratio?: number;
      readonly detail?: string;
    }
  | {
      readonly type: 'listening';
      readonly url: string;
      readonly pid: number;
      readonly caFile: string | null;
      /** Files for `curl -H @file`; the tokens in them are renewed while the service runs. */
      readonly headerFiles: { readonly inference: string; readonly metrics: string };
    }
  | { readonly type: 'ready'; readonly model: string }
  | { readonly type: 'activity'; readonly active: number; readonly waiting: number; readonly replicas: number }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string }
  /** The process exits after it and starting it again would not help. */
  | { readonly type: 'fatal'; readonly code: string; readonly message: string };

/** What the gateway is told by whoever started it. */
export type GatewayOrder =
  | { readonly type: 'stop'; readonly now: boolean }
  /** An attempt of another process to leave the machine: there is one set of books. */
  | { readonly type: 'egress'; readonly note: EgressNote };
