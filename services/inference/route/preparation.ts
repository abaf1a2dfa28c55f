import type { ModelConfig } from '../../../core/config/schema.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { Trouble } from './replica-state.ts';
import { type FetchProgress, type ModelSupply, type Prepared, prepareModel } from './supply.ts';

export type PreparationState<Facts> =
  /** Nobody has asked for it yet. */
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'fetching' } & FetchProgress)
  | ({ readonly kind: 'prepared' } & Prepared<Facts>)
  | ({ readonly kind: 'failed' } & Trouble);

interface Options<Facts> {
  readonly model: () => ModelConfig;
  readonly supply: ModelSupply<Facts>;
  readonly backoff: Backoff;
  /** Wait before another attempt where the same attempt would fail the same way. */
  readonly restartMaxMs: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onChange: (state: PreparationState<Facts>) => void;
}

export interface Preparation<Facts> {
  readonly state: PreparationState<Facts>;
  /** Begins, unless it has begun before. */
  start(): void;
  /** Gives up, also a fetch that is under way. */
  stop(): void;
}

/** Brings the files of a model here and reads them, again with back-off until it works. */
export const createPreparation = <Facts>(options: Options<Facts>): Preparation<Facts> => {
  const life = new AbortController();
  let state: PreparationState<Facts> = { kind: 'absent' };
  let timer: NodeJS.Timeout | undefined;

  const enter = (next: PreparationState<Facts>): void => {
    if (life.signal.aborted) return;
    state = next;
    options.onChange(next);
  };

  const attempt = async (): Promise<void> => {
    const onProgress = (progress: FetchProgress) => {
      if (state.kind === 'fetching') enter({ kind: 'fetching', ...progress });
    };
    enter({ kind: 'fetching' });
    try {
      const prepared = await prepareModel(options.supply, options.model(), { onProgress, signal: life.signal });
      enter({ kind: 'prepared', ...prepared });
    } catch (error) {
      failed(error);
    }
  };

  const failed = (error: unknown): void => {
    if (life.signal.aborted) return;
    const { code, message, row } = toServiceError(error);
    const waitMs = row.retryable ? options.backoff.next() : options.restartMaxMs;
    timer = setTimeout(() => void attempt(), waitMs);
    enter({ kind: 'failed', reason: message, code, retryAt: options.now() + waitMs });
  };

  return {
    get state() {
      return state;
    },
    start() {
      if (state.kind === 'absent' && !life.signal.aborted) void attempt();
    },
    stop() {
      clearTimeout(timer);
      life.abort();
    },
  };
};
