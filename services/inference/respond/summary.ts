import type { FinishReason, Timings } from '../../engine/protocol/generation.ts';
import type { Degraded, GenerationEvent } from '../call.ts';
import type { Finished } from './answer.ts';

/** What one answer amounts to, in the product's own words. Null: there was nothing to measure. */
export interface Summary {
  readonly id: string;
  readonly model: string;
  readonly scenario?: string;
  /** The model asked for could not answer. */
  readonly degraded?: Degraded;
  readonly finishReason: FinishReason;
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly totalTokens: number;
    readonly cachedTokens: number;
    readonly reasoningTokens?: number;
    readonly estimated?: true;
  };
  readonly timings: {
    readonly queueMs: number;
    readonly firstTokenMs: number | null;
    readonly totalMs: number;
    readonly tokensPerSecond: number | null;
  };
}

export interface Stopwatch {
  see(event: GenerationEvent): void;
  summarize(finished: Finished): Summary;
}

interface Start {
  readonly id: string;
  readonly scenario?: string | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Times one answer from now on. */
export const startStopwatch = ({ id, scenario, now }: Start): Stopwatch => {
  const startedAt = now();
  let model = '';
  let degraded: Degraded | undefined;
  let acceptedMs = 0;
  let firstTokenMs: number | null = null;
  return {
    see(event) {
      if (event.type === 'ended' || event.type === 'finished') return;
      if (event.type !== 'accepted') {
        firstTokenMs ??= now() - startedAt;
        return;
      }
      ({ model, degraded } = event);
      acceptedMs = now() - startedAt;
    },
    summarize: ({ reason, usage, timings }) => ({
      id,
      model,
      ...(scenario === undefined ? {} : { scenario }),
      ...(degraded === undefined ? {} : { degraded }),
      finishReason: reason,
      usage: {
        promptTokens: usage.promptTokens,
        completionTokens: usage.completionTokens,
        totalTokens: usage.promptTokens + usage.completionTokens,
        cachedTokens: usage.cachedTokens,
        ...(usage.reasoningTokens === undefined ? {} : { reasoningTokens: usage.reasoningTokens }),
        ...(usage.estimated === undefined ? {} : { estimated: usage.estimated }),
      },
      timings: {
        // Waiting for admission and, after it, for a slot of the engine.
        queueMs: round(acceptedMs + timings.queueMs),
        firstTokenMs: firstTokenMs === null ? null : round(firstTokenMs),
        totalMs: round(now() - startedAt),
        tokensPerSecond: rateOf(usage.completionTokens, timings),
      },
    }),
  };
};

// `decodeMs` runs from the first token to the last, so it holds one token less than there are.
const rateOf = (tokens: number, { decodeMs }: Timings): number | null =>
  tokens > 1 && decodeMs > 0 ? round(((tokens - 1) * 1000) / decodeMs) : null;

const round = (value: number): number => Math.round(value * 100) / 100;
