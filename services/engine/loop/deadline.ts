import { ServiceError } from '../../../core/errors/service-error.ts';

/** What is known when a request comes about how long it will take. */
export interface Outlook {
  /** Those that go before it at least. */
  readonly ahead: number;
  readonly freeSlots: number;
  readonly slots: number;
  /** Tokens of its prompt that are not kept from before. */
  readonly missingTokens: number;
  /** Most tokens of its answer. */
  readonly limit: number;
  /** What an answer usually takes from its slot to its end; absent until one has ended. */
  readonly serviceMs: number | undefined;
  readonly answerTokens: number | undefined;
  readonly promptMs: number | undefined;
  /** A step with one answer in it. */
  readonly stepMs: number | undefined;
}

/** The least a request will take, in milliseconds. */
export interface Expectation {
  readonly waitMs: number;
  readonly promptMs: number;
  readonly answerMs: number;
}

/** Slots become free sooner than usual, and answers end sooner: only a part of the usual counts as certain. */
const CERTAIN_SHARE = 0.5;

/** What a request takes at least, by the pace of those before it; what was not measured yet takes no time. */
export const expectLeast = (outlook: Outlook): Expectation => {
  const { ahead, freeSlots, slots, missingTokens, limit, serviceMs = 0, promptMs = 0, stepMs = 0 } = outlook;
  const before = Math.max(0, ahead + 1 - freeSlots);
  const tokens = Math.max(1, Math.min(limit, CERTAIN_SHARE * (outlook.answerTokens ?? 0)));
  return {
    waitMs: (CERTAIN_SHARE * before * serviceMs) / Math.max(1, slots),
    promptMs: missingTokens * promptMs,
    answerMs: tokens * stepMs,
  };
};

/** The refusal of a request that cannot be answered in time; `undefined` where it may. */
export const refuseLate = (deadlineMs: number, expected: Expectation): ServiceError | undefined => {
  const [waitMs, promptMs, answerMs] = [expected.waitMs, expected.promptMs, expected.answerMs].map(Math.round);
  const totalMs = (waitMs ?? 0) + (promptMs ?? 0) + (answerMs ?? 0);
  if (totalMs <= deadlineMs) return undefined;
  return new ServiceError(
    'ERR_ADMIT_DEADLINE',
    `deadlineMs: this request takes ${totalMs} ms at least (waiting ${waitMs}, prompt ${promptMs}, answer ${answerMs}), ${Math.max(0, Math.round(deadlineMs))} are left; allow more time, or send it when fewer wait`,
    {
      details: { waitMs, promptMs, answerMs, deadlineMs: Math.round(deadlineMs) },
      retryAfterSeconds: Math.ceil((waitMs ?? 0) / 1000) + 1,
    },
  );
};

/** The end of a request whose deadline passed before it got a slot. */
export const expired = (): ServiceError =>
  new ServiceError(
    'ERR_ADMIT_DEADLINE',
    'deadlineMs: the deadline passed while the request waited for a slot of the engine; allow more time, or send it when fewer wait',
    { retryAfterSeconds: 1 },
  );
