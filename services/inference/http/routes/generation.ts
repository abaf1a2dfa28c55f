import type { Context } from 'hono';
import { z } from 'zod';
import type { LimitsConfig } from '../../../../core/config/schema.ts';
import type { Logger } from '../../../../core/telemetry/log.ts';
import type { GenerationRequest, Priority } from '../../../engine/protocol/generation.ts';
import type { Call, Caller, Computed, Degraded, GenerationEvent } from '../../call.ts';
import type { Flow } from '../../flow.ts';
import { STREAM_HEADERS, streamEvents } from '../../respond/sse.ts';
import type { StreamEncoder } from '../../respond/stream-writer.ts';
import { exchangeOf, noteAccess } from '../exchange.ts';
import { beginStream, type RawStream } from '../raw-response.ts';
import { inClientWords } from './client-words.ts';
import { json } from './json.ts';

/** What streams need from the service. */
export interface StreamDeps {
  /** Silence after which a comment line is sent. */
  readonly heartbeatMs: number;
  /** Errors that come too late for a status end here. */
  readonly log: Pick<Logger, 'warn'>;
}

/** What every route that generates needs; each stage narrowed to what is asked of it. */
export interface GenerationDeps extends StreamDeps {
  readonly flow: Flow;
  /** Read at every request, because limits change while running. */
  readonly limits: () => Pick<LimitsConfig, 'maxOutputTokens'>;
  /** `x-ratelimit-*` of this key as they stand now; empty where nothing is limited. */
  readonly rateHeaders: (keyId: string) => Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The same, through steps of the clock: what deadlines of requests are reckoned in. */
  readonly steadyNow: () => number;
}

/** The parts of a request every answer needs. */
export interface Asked {
  readonly caller: Caller;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly context: Context;
}

const CACHE_HEADER_NAME = 'x-clawdbot-cache';

/** How an answer relates to the response cache, as the API document says it. */
export const CACHE_HEADER = {
  [CACHE_HEADER_NAME]: {
    description: [
      '`hit`: from the response cache. `shared`: of an equal request that was under way. `miss`: made for this request.',
      'Absent where no cache was asked.',
    ].join(' '),
    schema: z.enum(['hit', 'miss', 'shared']),
  },
} as const;

const DEGRADED_HEADER_NAME = 'x-clawdbot-degraded';

/** How far an answer is from the one that was asked for, as the API document says it. */
export const DEGRADED_HEADER = {
  [DEGRADED_HEADER_NAME]: {
    description: [
      '`model`: another model of `scenarios.<name>.degrade` answered. `cache`: an earlier answer to the same question; `age` says',
      'how old, in seconds. Absent: the model asked for answered.',
    ].join(' '),
    schema: z.enum(['model', 'cache']),
  },
  age: { description: 'Seconds since a `cache` answer was made.', schema: z.string() },
} as const;

interface Choice {
  readonly model: string | undefined;
  readonly scenario: string | undefined;
  readonly priority?: Priority;
  readonly deadlineAt?: number | undefined;
}

/** The call of a request. */
export const callOf = ({ requestId, caller, signal, context }: Asked, choice: Choice): Call => {
  const { scenario } = choice;
  const exchange = exchangeOf(context);
  if (scenario !== undefined) exchange.note({ scenario });
  return {
    requestId,
    caller,
    signal,
    trace: exchange.trace,
    model: choice.model,
    scenario,
    priority: choice.priority ?? 'normal',
    deadlineAt: choice.deadlineAt,
  };
};

/** Notes in the access line which model did a task that is no generation, and how much it read. */
export const noteComputed = (context: Context, computed: Computed): void =>
  noteAccess(context, {
    model: computed.model,
    outcome: 'ok',
    ...('promptTokens' in computed ? { promptTokens: computed.promptTokens } : {}),
    ...redactionsOf(computed),
  });

const redactionsOf = ({ redactions }: { readonly redactions?: number }) =>
  redactions === undefined ? {} : { redactions };

/** What an engine may know of an answer that goes out in one piece. */
export const pacing = (stream: boolean | null | undefined): Pick<GenerationRequest, 'isWhole'> =>
  stream === true ? {} : { isWhole: true };

/** Answers with one JSON body; refusals carry the limits of the key as well. */
export const answerJson = async (
  asked: Asked,
  deps: Pick<GenerationDeps, 'rateHeaders'>,
  answer: () => Promise<unknown>,
): Promise<Response> => {
  try {
    return json(await answer(), 200, deps.rateHeaders(asked.caller.keyId));
  } catch (error) {
    if (asked.signal.aborted) return gone();
    keepHeaders(asked.context, deps.rateHeaders(asked.caller.keyId));
    throw inClientWords(error, exchangeOf(asked.context));
  }
};

/** Streams one generation and notes in the access line what it was. */
export const answerStream = async (
  asked: Asked,
  deps: GenerationDeps,
  events: AsyncIterable<GenerationEvent>,
  encoder: StreamEncoder<GenerationEvent>,
): Promise<Response> => {
  const headers = () => deps.rateHeaders(asked.caller.keyId);
  const encode = (event: GenerationEvent): string => {
    noteEvent(asked.context, event);
    return encoder.encode(event);
  };
  try {
    return await streamResponse(asked, { ...deps, headers }, events, { ...encoder, encode });
  } catch (error) {
    keepHeaders(asked.context, headers());
    throw inClientWords(error, exchangeOf(asked.context));
  }
};

interface StreamResponseDeps extends StreamDeps {
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** Answers with server-sent events; what fails before the first of them is an ordinary error. */
export const streamResponse = async <Event>(
  { context, signal, requestId }: Asked,
  { heartbeatMs, log, headers }: StreamResponseDeps,
  events: AsyncIterable<Event>,
  encoder: StreamEncoder<Event>,
): Promise<Response> => {
  let stream: RawStream | undefined;
  await streamEvents({
    events,
    encoder,
    heartbeatMs,
    signal,
    open() {
      stream = beginStream(context, 200, { ...STREAM_HEADERS, ...headers?.() });
      return stream;
    },
    onLateError(error) {
      noteAccess(context, { outcome: 'error', errorCode: error.code });
      log.warn('stream.failed', { 'http.request.id': requestId, err: error });
    },
  });
  return stream?.response ?? gone();
};

// What proxies write for a client that left before it was answered; nobody reads it.
const gone = (): Response => new Response(null, { status: 499 });

/** Notes in the access line which model answered and how much, and in a header where the answer came from. */
export const noteEvent = (context: Context, event: GenerationEvent): void => {
  if (event.type === 'accepted') {
    noteAccess(context, { model: event.model });
    if (event.degraded !== undefined) noteDegraded(context, event.degraded);
    if (event.cache === undefined) return;
    noteAccess(context, { cache: event.cache });
    keepHeaders(context, { [CACHE_HEADER_NAME]: event.cache });
  }
  if (event.type !== 'finished') return;
  const { promptTokens, completionTokens } = event.usage;
  const { queueMs, prefillMs, decodeMs } = event.timings;
  const timings = { queueMs: rounded(queueMs), prefillMs: rounded(prefillMs), decodeMs: rounded(decodeMs) };
  const batch = event.batch === undefined ? {} : { batch: event.batch };
  const outcome = exchangeOf(context).access?.outcome ?? 'ok';
  noteAccess(context, { outcome, promptTokens, completionTokens, ...timings, ...batch, ...redactionsOf(event) });
};

const noteDegraded = (context: Context, degraded: Degraded): void => {
  noteAccess(context, { outcome: 'degraded', degraded: degraded.by });
  const age = degraded.by === 'cache' ? { age: String(Math.round(degraded.ageMs / 1000)) } : {};
  keepHeaders(context, { [DEGRADED_HEADER_NAME]: degraded.by, ...age });
};

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

// Node adds headers set this way to whatever head is written in the end, also that of an error.
const keepHeaders = (context: Context, headers: Readonly<Record<string, string>>): void => {
  const { outgoing } = exchangeOf(context);
  if (outgoing.headersSent) return;
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
};
