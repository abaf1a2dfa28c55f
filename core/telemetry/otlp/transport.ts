import { setTimeout as wait } from 'node:timers/promises';
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base';
import type { Egress } from '../../egress/egress.ts';
import { ServiceError } from '../../errors/service-error.ts';

export type Signal = 'traces' | 'metrics' | 'logs';
export type ExportOutcome = 'sent' | 'failed';

export interface TransportOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The way out; `undefined` until it is open. */
  readonly egress: () => Pick<Egress, 'request'> | undefined;
  /** Aborts when nothing is to be waited for any more. */
  readonly signal: AbortSignal;
  /** Told how each export ended, with what went wrong. */
  readonly report: (outcome: ExportOutcome, reason?: string) => void;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;
const MAX_ANSWER_BYTES = 65_536;
/** What the standard says may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

type Attempt =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string; readonly afterMs?: number };

/**
 * Sends what the exporters of OpenTelemetry serialised through the one way out of the process; theirs opens connections
 * of its own. Tries again while there is time, never rejects.
 */
export const createTransport = (options: TransportOptions): IExporterTransport => {
  const { signal, report, now = () => performance.now() } = options;
  const end = (attempt: Exclude<Attempt, { kind: 'sent' }>): ExportResponse => {
    report('failed', attempt.reason);
    return { status: 'failure', error: new Error(attempt.reason) };
  };
  return {
    async send(data, timeoutMs) {
      const deadline = now() + timeoutMs;
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const attempt = await attemptOnce(data, Math.max(1, deadline - now()), options);
        if (attempt.kind === 'sent') {
          report('sent');
          return { status: 'success' };
        }
        const waitMs = (attempt.kind === 'again' ? attempt.afterMs : undefined) ?? spread(pauseMs);
        if (attempt.kind === 'refused' || signal.aborted || now() + waitMs >= deadline) return end(attempt);
        await wait(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
        if (signal.aborted) return end(attempt);
      }
    },
    shutdown: () => undefined,
  };
};

/** Receivers that come back are not met by everybody at once. */
const spread = (ms: number): number => ms * (0.75 + Math.random() / 2);

const attemptOnce = async (
  data: Uint8Array,
  limitMs: number,
  { url, headers, egress, signal }: TransportOptions,
): Promise<Attempt> => {
  const way = egress();
  if (way === undefined) return { kind: 'again', reason: 'the way out is not open yet' };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${Math.round(limitMs)} ms`)), limitMs).unref();
  try {
    const answer = await way.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-protobuf' },
      body: data,
      signal: AbortSignal.any([limit.signal, signal]),
    });
    await answer.discard(MAX_ANSWER_BYTES);
    return judge(answer.status, answer.headers['retry-after']);
  } catch (error) {
    return error instanceof ServiceError
      ? { kind: 'refused', reason: error.message }
      : { kind: 'again', reason: limit.signal.aborted ? String(limit.signal.reason.message) : reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
};

const judge = (status: number, retryAfter: string | undefined): Attempt => {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `it answered ${status}`;
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason };
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0
    ? { kind: 'again', reason, afterMs: seconds * 1000 }
    : { kind: 'again', reason };
};

/** Error codes such as ECONNREFUSED rather than messages, which name addresses. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
};
