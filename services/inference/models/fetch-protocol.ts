import type { ModelConfig } from '../../../core/config/schema.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import type { EgressRow } from '../../../core/egress/policy.ts';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { FetchProgress } from './progress.ts';
import type { Downloads } from './sources/source.ts';

/** What a fetch process is told once, right after it started. */
export interface FetchOrder {
  readonly type: 'fetch';
  readonly model: ModelConfig;
  readonly dir: string;
  readonly downloads: Downloads;
  /** What may leave the machine for it. */
  readonly egress: readonly EgressRow[];
  /** Whether an index that pip is set up for counts as declared. */
  readonly implied: boolean;
}

/** What it answers: any number of `progress` and `egress`, then exactly one of the others. */
export type FetchReport =
  | { readonly type: 'progress'; readonly progress: FetchProgress }
  | { readonly type: 'egress'; readonly note: EgressNote }
  | { readonly type: 'done'; readonly files: readonly string[] }
  | {
      readonly type: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly retryAfterSeconds?: number;
    };
