import { ServiceError } from '../../../core/errors/service-error.ts';

/** One wait for an upstream. */
export interface Wait {
  /** Aborts when the upstream was silent for too long, or by `abort`. */
  readonly signal: AbortSignal;
  /** Something arrived. */
  touch(): void;
  abort(): void;
  end(): void;
}

interface SilenceOptions {
  readonly timeoutMs: () => number;
  readonly now: () => number;
  /** Called on each round while anything is waited for: the loop of an engine whose work is waiting. */
  readonly turn: () => void;
}

const ROUND_MS = 250;

/** Bounds every wait for an upstream: one timer for all of them. */
export const watchSilence = ({ timeoutMs, now, turn }: SilenceOptions) => {
  const waits = new Map<AbortController, number>();
  let timer: NodeJS.Timeout | undefined;

  const goRound = (): void => {
    turn();
    const limit = timeoutMs();
    for (const [controller, lastAt] of waits) {
      if (now() - lastAt >= limit) controller.abort(tooSilent(limit));
    }
  };

  return {
    begin(): Wait {
      const controller = new AbortController();
      waits.set(controller, now());
      timer ??= setInterval(goRound, ROUND_MS);
      return {
        signal: controller.signal,
        touch: () => waits.set(controller, now()),
        abort: () => controller.abort(),
        end: () => {
          waits.delete(controller);
          if (waits.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        },
      };
    },
  };
};

const tooSilent = (limitMs: number): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', `upstream was silent for ${limitMs} ms; raise timeoutMs if it needs longer`, {
    retryAfterSeconds: 1,
  });
