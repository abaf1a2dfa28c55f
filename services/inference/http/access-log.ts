import { outcomeOf } from '../../../core/errors/outcome.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { AccessFields, Exchange } from './exchange.ts';

export interface AccessLogOptions {
  readonly log: Pick<Logger, 'info'>;
  readonly telemetry: Pick<Telemetry, 'record'>;
  /** A text as it may be written down; absent: as it is. */
  readonly record?: ((text: string) => string) | undefined;
}

// What proxies write for a client that left before it was answered; there is no standard status for it.
const CLIENT_GONE = 499;

/** The status a client got, or would have got had it stayed. */
export const statusOf = ({ outgoing }: Exchange): number => (outgoing.headersSent ? outgoing.statusCode : CLIENT_GONE);

const NANOSECONDS_PER_MILLISECOND = 1e6;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number] | '_OTHER';

/** Writes the access line and the duration of a request; to be called when its last byte was sent or the client left. */
export const createAccessLog =
  ({ log, telemetry, record }: AccessLogOptions) =>
  (exchange: Exchange, durationMs: number, keptTrace?: string): void => {
    const { incoming, trace } = exchange;
    const status = statusOf(exchange);
    const labels = {
      'http.request.method': methodOf(incoming.method),
      'http.route': exchange.route,
      'http.response.status_code': String(status),
    };
    telemetry.record('httpDuration', durationMs / 1000, labels, keptTrace);
    // What is undefined is left out of the line; spreads that add it or not cost more than all else here.
    const line: Record<string, unknown> = {
      'http.request.method':
        labels['http.request.method'] === '_OTHER' ? shownMethod(incoming.method) : incoming.method,
      'http.request.id': exchange.requestId,
      'http.version': incoming.httpVersion,
      'http.response.status_code': status,
      'http.response.body.bytes': exchange.bytesSent,
      'http.request.body.bytes': exchange.bytesReceived === 0 ? undefined : exchange.bytesReceived,
      'url.path': recordedPath(pathOf(incoming.url), exchange.route, record),
      'event.duration': Math.round(durationMs * NANOSECONDS_PER_MILLISECOND),
      'event.outcome': hasFailed(exchange, status) ? 'failure' : 'success',
      'trace.id': trace?.traceId,
      'span.id': trace?.spanId,
      'client.ip': exchange.address === '' ? undefined : exchange.address,
      'labels.key_id': exchange.caller?.keyId,
    };
    if (exchange.access !== undefined) addAccessFields(line, exchange.access);
    if (exchange.isInference) line['labels.outcome'] = outcomeIn(exchange);
    log.info(exchange.isGone ? 'request.aborted' : 'request.answered', line);
  };

/** One of the words that `clawdbot.requests` counts by. */
const outcomeIn = ({ access, isGone }: Exchange): string => {
  if (access?.errorCode !== undefined) return outcomeOf(access.errorCode, isGone);
  return isGone ? 'cancelled' : (access?.outcome ?? 'ok');
};

/** The method as a label: one of a closed list. */
export const methodOf = (method: string | undefined): Method => METHODS.find((known) => known === method) ?? '_OTHER';

const shownMethod = (method = ''): string => (METHOD.test(method) ? method : '_OTHER');

/** A path of more characters is nobody's honest one. */
const LOGGED_PATH = 512;
const LOGGED_SCENARIO = 64;
const METHOD = /^[A-Z-]{1,20}$/;

// Query values may hold a secret that was put in the wrong place. JSON escapes line breaks; a terminal also acts on
// others, and some readers of logs break lines at U+2028, so nothing but visible ASCII gets in.
const pathOf = (url = ''): string => {
  // An absolute URL may hold a user and a password.
  if (!url.startsWith('/')) return url === '*' ? url : '_OTHER';
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return path.includes('%') ? decoded(path) : path;
};

const visible = (path: string): string =>
  path.slice(0, LOGGED_PATH).replace(/[^\x21-\x7e]/gu, (character) => `%u${hex(character)}`);

// Each part by itself: what is private in a sentence may be none between slashes.
const recordedPath = (path: string, route: string, record: AccessLogOptions['record']): string =>
  visible(record === undefined || path === route ? path : record(path.split('/').map(record).join('/')));

// What is private is recognised only as it was written before it was put into a URL.
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return '(undecodable)';
  }
};

const hex = (character: string): string => character.codePointAt(0)?.toString(16).padStart(4, '0') ?? '';

const hasFailed = ({ isGone, access }: Exchange, status: number): boolean =>
  isGone || status >= 400 || access?.errorCode !== undefined;

const NAMES = {
  model: 'gen_ai.request.model',
  scenario: 'labels.scenario',
  cache: 'labels.cache',
  degraded: 'labels.degraded',
  queueMs: 'labels.queue_ms',
  prefillMs: 'labels.prefill_ms',
  decodeMs: 'labels.decode_ms',
  batch: 'labels.batch',
  promptTokens: 'gen_ai.usage.input_tokens',
  completionTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  outcome: 'labels.outcome',
  jobId: 'labels.job_id',
  redactions: 'labels.redactions',
  errorCode: 'error.code',
} as const satisfies Record<keyof AccessFields, string>;

const addAccessFields = (line: Record<string, unknown>, access: AccessFields): void => {
  let key: keyof AccessFields;
  for (key in NAMES) if (access[key] !== undefined) line[NAMES[key]] = access[key];
  // The client wrote it, and it may be the name of none.
  if (access.scenario !== undefined) line[NAMES.scenario] = visible(access.scenario).slice(0, LOGGED_SCENARIO);
};
