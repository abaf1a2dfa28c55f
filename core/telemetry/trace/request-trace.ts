import { newSpanId, type TraceContext, writeTraceparent } from './trace-context.ts';

/** The moments of a request that its spans begin and end with, in the order they usually come. */
export const MOMENTS = [
  'auth',
  'authorized',
  'redact',
  'admit',
  'admitted',
  'cache',
  'route',
  'accepted',
  'firstToken',
  'finished',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** What one part of the work was made of, as an engine tells it. */
export interface EnginePhase {
  readonly kind: 'queue' | 'prefill' | 'decode';
  readonly ms: number;
  /** Steps of the engine that this request had a part in. */
  readonly steps: number;
}

/** What became of the generation or task of a request. */
export interface TracedWork {
  readonly operation: string;
  model?: string;
  outcome?: string;
  errorType?: string;
  cache?: string;
  /** What answered in place of the model asked for: `model`, `cache`. */
  degraded?: string;
  finishReason?: string;
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
  redactions?: number;
  parameters?: { readonly maxTokens: number | null; readonly temperature: number; readonly topP: number };
  isStream?: boolean;
  phases?: readonly EnginePhase[];
  /** Prompt and answer as they may be written down; only where that is switched on. */
  input?: string;
  output?: string;
}

interface Begin {
  readonly traceId: string;
  /** Who asked, where somebody did. */
  readonly parent: TraceContext | undefined;
  /** Decided at the beginning to be kept. */
  isSampled: boolean;
  /** Milliseconds, monotonic. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Nobody takes spans of ours: what comes after us hangs below whoever asked us. */
  readonly isPassedOn: boolean;
}

/**
 * Where the time of one request goes: a place for time stamps and nothing more, so that a request whose trace is not
 * kept costs next to nothing; spans are made of it at the end. A class, because it is made per request.
 */
export class RequestTrace {
  readonly traceId: string;
  readonly spanId: string = newSpanId();
  readonly parent: TraceContext | undefined;
  readonly startedAt: number;
  isSampled: boolean;
  work: TracedWork | undefined;
  readonly #now: () => number;
  readonly #isPassedOn: boolean;
  readonly #moments: Partial<Record<Moment, number>> = {};
  #engineSpanId: string | undefined;

  constructor({ traceId, parent, isSampled, startedAt, now, isPassedOn }: Begin) {
    this.traceId = traceId;
    this.parent = parent;
    this.isSampled = isSampled;
    this.startedAt = startedAt;
    this.#now = now;
    this.#isPassedOn = isPassedOn;
  }

  /** Takes the time, the first time it is called with this moment. */
  mark(moment: Moment): void {
    this.#moments[moment] ??= this.#now();
  }

  /** Takes the time again: what is repeated ends with its last time. */
  markAgain(moment: Moment): void {
    this.#moments[moment] = this.#now();
  }

  /** Milliseconds, monotonic. */
  at(moment: Moment): number | undefined {
    return this.#moments[moment];
  }

  /** Of the span that the work in an engine hangs below. */
  get engineSpanId(): string {
    this.#engineSpanId ??= newSpanId();
    return this.#engineSpanId;
  }

  /** For whoever continues this trace below the span of the request. */
  get traceparent(): string {
    return this.#continued(this.spanId);
  }

  /** For an engine, and for the upstream it may ask. */
  get engineTraceparent(): string {
    return this.#continued(this.engineSpanId);
  }

  #continued(spanId: string): string {
    const { parent, traceId, isSampled } = this;
    return writeTraceparent(this.#isPassedOn && parent !== undefined ? parent : { traceId, spanId, isSampled });
  }
}
