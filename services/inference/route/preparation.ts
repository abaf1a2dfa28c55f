import type { ModelConfig } from '../../../core/config/schema.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { RouteEvent } from './events.ts';
import type { Trouble } from './replica-state.ts';
import type { EnginePlan, FetchProgress, ModelSupply, Prepared } from './supply.ts';

export type PreparationState<Facts> =
  /** Nobody has asked for it yet, or it was unloaded; what was found out of it stays known. */
  | { readonly kind: 'absent'; readonly facts?: Facts }
  | ({ readonly kind: 'fetching' } & FetchProgress)
  /** Its files are here; memory for it is being made free. */
  | { readonly kind: 'waiting'; readonly facts: Facts; readonly detail: string }
  | ({ readonly kind: 'prepared' } & Prepared<Facts>)
  | ({ readonly kind: 'failed' } & Trouble);

/** Plans a model once there is memory for it. */
export type FindRoom<Facts> = (
  found: { readonly files: readonly string[]; readonly facts: Facts },
  how: { readonly onWait: (detail: string) => void; readonly signal: AbortSignal },
) => Promise<EnginePlan>;

interface Options<Facts> {
  readonly model: () => ModelConfig;
  readonly supply: ModelSupply<Facts>;
  readonly findRoom: FindRoom<Facts>;
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
  /** Forgets the plan, and gives up what is under way; `start` begins again. */
  reset(): void;
  /** Gives up for good, also a fetch that is under way. */
  stop(): void;
}

/** Brings the files of a model here, reads them and finds memory for it, again with back-off until it works. */
export const createPreparation = <Facts>(options: Options<Facts>): Preparation<Facts> => {
  const life = new AbortController();
  let attempts = new AbortController();
  let state: PreparationState<Facts> = { kind: 'absent' };
  let facts: Facts | undefined;
  let timer: NodeJS.Timeout | undefined;

  const enter = (next: PreparationState<Facts>): void => {
    if (life.signal.aborted) return;
    state = next;
    options.onChange(next);
  };

  const attempt = async (): Promise<void> => {
    timer = undefined;
    const { signal } = attempts;
    const enterMine = (next: PreparationState<Facts>) => {
      if (!signal.aborted) enter(next);
    };
    const onProgress = (progress: FetchProgress) => {
      if (state.kind === 'fetching') enterMine({ kind: 'fetching', ...progress });
    };
    enterMine({ kind: 'fetching' });
    try {
      const { files } = await options.supply.fetch(options.model(), { onProgress, signal });
      signal.throwIfAborted();
      const read = await options.supply.readFacts(options.model(), files);
      facts = read;
      const onWait = (detail: string) => enterMine({ kind: 'waiting', facts: read, detail });
      const plan = await options.findRoom({ files, facts: read }, { onWait, signal });
      enterMine({ kind: 'prepared', files, facts: read, plan });
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  };

  const failed = (error: unknown): void => {
    const { code, message, row } = toServiceError(error);
    // Trying by itself would take the memory of models that are asked for; the next request tries again.
    const isLeft = code === 'ERR_ROUTE_NO_MEMORY' && options.model().load === 'onDemand';
    const waitMs = row.retryable ? options.backoff.next() : options.restartMaxMs;
    if (!isLeft) timer = setTimeout(() => void attempt(), waitMs);
    enter({ kind: 'failed', reason: message, code, retryAt: options.now() + (isLeft ? 0 : waitMs) });
  };

  const giveUp = (): void => {
    clearTimeout(timer);
    timer = undefined;
    attempts.abort();
  };

  return {
    get state() {
      return state;
    },
    start() {
      const isIdle = state.kind === 'absent' || (state.kind === 'failed' && timer === undefined);
      if (isIdle && !life.signal.aborted) void attempt();
    },
    reset() {
      giveUp();
      attempts = new AbortController();
      if (state.kind !== 'absent') enter({ kind: 'absent', ...(facts === undefined ? {} : { facts }) });
    },
    stop() {
      life.abort();
      giveUp();
    },
  };
};

/** What the preparation found out; nothing before it has ended. */
export const foundOut = <Facts>(
  state: PreparationState<Facts>,
): { readonly facts: Facts | undefined; readonly adjustment: string | undefined } => ({
  facts: 'facts' in state ? state.facts : undefined,
  adjustment: state.kind === 'prepared' ? state.plan.adjustment : undefined,
});

/** Tells when the plan made a model smaller than it was configured. */
export const reportAdjustment = (
  model: string,
  state: PreparationState<unknown>,
  emit: (event: RouteEvent & { readonly type: 'model.adjusted' }) => void,
): void => {
  const { adjustment } = foundOut(state);
  if (adjustment !== undefined) emit({ type: 'model.adjusted', model, adjustment });
};
