import type { Config } from '../../../core/config/schema.ts';
import type { Incoming } from './exchange.ts';

/** What pages of other origins may do; all methods answer undefined where they may do nothing. */
export interface Cors {
  /** Headers of every answer to such a page. */
  headersFor(incoming: Incoming): Readonly<Record<string, string>> | undefined;
  /** Headers of the answer to its preflight; `methods` are those of the path. */
  preflight(incoming: Incoming, methods: readonly string[]): Readonly<Record<string, string>> | undefined;
}

const REQUEST_HEADERS = 'authorization, content-type, idempotency-key, last-event-id, traceparent, tracestate';
const ANSWER_HEADERS = [
  ...['x-request-id', 'retry-after', 'location', 'x-clawdbot-cache'],
  ...['requests', 'tokens'].flatMap((what) =>
    ['limit', 'remaining', 'reset'].map((which) => `x-ratelimit-${which}-${what}`),
  ),
].join(', ');

/**
 * Cross-origin access for the configured origins, compared letter by letter. Credentials of the browser's own (cookies,
 * client certificates) are never allowed: a token in `authorization` is what the page has to send.
 */
export const createCors = ({ origins, maxAgeSeconds }: Config['server']['cors']): Cors => {
  const known = new Set(origins);
  const originOf = ({ headers: { origin } }: Incoming) =>
    origin !== undefined && known.has(origin) ? origin : undefined;
  return {
    headersFor(incoming) {
      if (known.size === 0) return undefined;
      const origin = originOf(incoming);
      // Said to others too, or a cache would hand this answer to a page that may read it and another to one that may not.
      if (origin === undefined) return VARY;
      return { ...VARY, 'access-control-allow-origin': origin, 'access-control-expose-headers': ANSWER_HEADERS };
    },
    preflight(incoming, methods) {
      if (originOf(incoming) === undefined || incoming.headers['access-control-request-method'] === undefined)
        return undefined;
      return {
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': REQUEST_HEADERS,
        'access-control-max-age': String(maxAgeSeconds),
        ...(incoming.headers['access-control-request-private-network'] === 'true'
          ? { 'access-control-allow-private-network': 'true' }
          : {}),
      };
    },
  };
};

const VARY = { vary: 'origin' } as const;
