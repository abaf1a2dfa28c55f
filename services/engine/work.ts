import type { ServiceError } from '../../core/errors/service-error.ts';
import { type GenerationSink, usageOfGuesses } from './engine.ts';
import { createPhases, type Phases } from './phases.ts';
import type {
  FinishReason,
  GenerationRequest,
  Timings,
  TokenDetails,
  TokenLogprob,
  Usage,
} from './protocol/generation.ts';
import type { EngineEvent } from './protocol/messages.ts';
import { estimatePromptTokens } from './text/estimate.ts';
import { createLogprobQueue } from './text/logprob-queue.ts';
import { createStopFilter } from './text/stop-filter.ts';

interface WorkOptions {
  readonly id: number;
  readonly request: GenerationRequest;
  readonly emit: (event: EngineEvent) => void;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
  readonly now: () => number;
}

export interface Work extends GenerationSink {
  /** Ends it without another event. */
  close(): void;
}

/** One generation on its way to the gateway: cuts at stop strings, counts tokens, takes the times. */
export const createWork = ({ id, request, emit, onEnd, now }: WorkOptions): Work => {
  const filter = createStopFilter(request.stop);
  const logprobs = createLogprobQueue();
  const phases = request.traceparent === undefined ? undefined : createPhases(now);
  const clock = startClock(now, phases);
  let promptTokens: number | null = null;
  let cachedTokens = 0;
  let completionTokens = 0;
  let reasoningTokens = 0;
  let batch = 0;
  let isOpen = true;

  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    onEnd();
  };

  const send = (text: string, tokens: number, details: TokenDetails | undefined): void => {
    const event = { type: 'tokens', id, text, tokens } as const;
    emit(details === undefined ? event : { ...event, details });
  };

  const finish = (reason: FinishReason, counted: Partial<Usage>): void => {
    const usage = usageOf({ promptTokens, completionTokens, cachedTokens, reasoningTokens }, counted, request);
    const ran = batch === 0 ? {} : { batch };
    const event = { type: 'finished', id, reason, usage, timings: clock.timings(), ...ran } as const;
    emit(phases === undefined ? event : { ...event, phases: phases.all() });
    close();
  };

  return {
    accepted(tokens) {
      if (!isOpen) return;
      promptTokens = tokens;
      emit({ type: 'accepted', id, promptTokens: tokens });
    },
    started(cached = 0) {
      cachedTokens = cached;
      clock.started();
    },
    stepped(requests) {
      if (requests > batch) batch = requests;
      phases?.stepped();
    },
    ...(phases === undefined ? {} : { paused: phases.paused }),
    tokens(text, count, details, guesses) {
      if (!isOpen) return false;
      clock.token();
      completionTokens += count;
      if (details?.reasoning !== undefined) reasoningTokens += count;
      const step = filter.push(text);
      logprobs.add(details?.logprobs ?? [], text.length);
      send(step.text, count, withLogprobs(details, logprobs.release(step.text.length)));
      if (step.stopped) finish('stop', guesses === undefined ? {} : usageOfGuesses(guesses));
      return isOpen;
    },
    finished(reason, counted = {}) {
      if (!isOpen) return;
      const rest = filter.end();
      const details = withLogprobs(undefined, logprobs.end());
      if (rest !== '' || details !== undefined) send(rest, 0, details);
      finish(reason, counted);
    },
    failed(error) {
      if (!isOpen) return;
      emit(failureOf(id, error));
      close();
    },
    close,
  };
};

/** Details with the probabilities that may be told by now instead of those that came with them; none: `undefined`. */
const withLogprobs = (
  details: TokenDetails | undefined,
  logprobs: readonly TokenLogprob[],
): TokenDetails | undefined => {
  if (details?.logprobs === undefined && logprobs.length === 0) return details;
  const { logprobs: _held, ...others } = details ?? {};
  if (logprobs.length > 0) return { ...others, logprobs };
  return Object.keys(others).length === 0 ? undefined : others;
};

/** The wire form of an error. */
export const failureOf = (id: number, error: ServiceError): EngineEvent => ({
  type: 'failed',
  id,
  code: error.code,
  message: error.message,
  ...(error.details === undefined ? {} : { details: error.details }),
  ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
});

interface Counted {
  readonly promptTokens: number | null;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
}

const usageOf = (ours: Counted, theirs: Partial<Usage>, request: GenerationRequest): Usage => {
  const promptTokens = theirs.promptTokens ?? ours.promptTokens;
  const isEstimated = theirs.estimated === true || promptTokens === null;
  return {
    promptTokens: promptTokens ?? estimatePromptTokens(request.input),
    completionTokens: theirs.completionTokens ?? ours.completionTokens,
    cachedTokens: theirs.cachedTokens ?? ours.cachedTokens,
    ...(ours.reasoningTokens === 0 ? {} : { reasoningTokens: ours.reasoningTokens }),
    ...reportedBy(theirs),
    ...(isEstimated ? { estimated: true } : {}),
  };
};

const reportedBy = ({ reasoningTokens, acceptedTokens, rejectedTokens }: Partial<Usage>): Partial<Usage> => ({
  ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  ...(acceptedTokens === undefined ? {} : { acceptedTokens }),
  ...(rejectedTokens === undefined ? {} : { rejectedTokens }),
});

/** Arrival, start of the prefill, first token, last token: the differences are the timings. */
const startClock = (now: () => number, phases: Phases | undefined) => {
  const arrivedAt = now();
  let startedAt: number | undefined;
  let firstAt: number | undefined;
  let lastAt: number | undefined;
  return {
    started: () => {
      startedAt ??= now();
      phases?.started(startedAt);
    },
    token: () => {
      lastAt = now();
      firstAt ??= lastAt;
      phases?.wrote(lastAt);
    },
    timings: (): Timings => {
      const end = now();
      const start = startedAt ?? end;
      const first = firstAt ?? end;
      return { queueMs: start - arrivedAt, prefillMs: first - start, decodeMs: (lastAt ?? first) - first };
    },
  };
};
