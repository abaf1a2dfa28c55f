import { readCa } from '../../../core/config/ca-file.ts';
import { createSecret } from '../../../core/config/secret-file.ts';
import type { RawAnswer } from '../../../core/egress/egress.ts';
import type { WayOut } from '../../../core/egress/way-out.ts';
import { failureFromBody, failureFromConnection, retryAfterOf } from './failures.ts';
import type { OpenaiOptions } from './options.ts';

/** Longest error answer that is read. */
const MAX_ERROR_BYTES = 65_536;

export type UpstreamAnswer = RawAnswer;

/** One request to an upstream. */
export interface Posted {
  readonly path: string;
  readonly body: unknown;
  /** Where it belongs in a trace; absent: nowhere. */
  readonly traceparent?: string | undefined;
}

/** The connection to one upstream: keeps sockets open, never follows a redirect, ignores proxy settings. */
export interface UpstreamClient {
  /** Resolves with a 200 whose body must be read; throws a ServiceError for everything else. */
  post(call: Posted, signal: AbortSignal): Promise<UpstreamAnswer>;
  /** A small JSON answer of a GET, or `undefined` when there is none. */
  look(path: string, signal: AbortSignal): Promise<unknown>;
  /** Takes no more requests; those under way finish. */
  retire(): void;
  stop(): Promise<void>;
}

/** Opens no connection before the first request. */
export const createUpstreamClient = (options: OpenaiOptions, wayOut: Pick<WayOut, 'open'>): UpstreamClient => {
  const secret = options.apiKeyFile === undefined ? () => undefined : createSecret(options.apiKeyFile, 'apiKeyFile');
  const egress = wayOut.open({
    purpose: 'upstream',
    // Whether a request was redacted is judged where it is sent on its way: see models/leaving.ts of the gateway.
    dataClass: 'redacted',
    // The engine watches for silence itself: its message says what was waited for.
    headersTimeoutMs: 0,
    bodyTimeoutMs: 0,
    connectTimeoutMs: options.timeoutMs,
    ...(options.caFile === undefined ? {} : { ca: readCa(options.caFile) }),
  });
  const { host } = new URL(options.baseUrl);

  const send = async (
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
    { body, traceparent }: { readonly body?: string; readonly traceparent?: string | undefined } = {},
  ): Promise<UpstreamAnswer> => {
    const key = secret();
    const answer = await egress.send(`${options.baseUrl}${path}`, {
      method,
      signal,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...options.headers,
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body }),
    });
    // Whoever reads the body hears of its errors; one that is given up unread must not end the process with them.
    answer.body.on('error', () => {});
    return answer;
  };

  return {
    async post({ path, body, traceparent }, signal) {
      try {
        const answer = await send('POST', path, signal, { body: JSON.stringify(body), traceparent });
        if (answer.statusCode === 200) return answer;
        const retryAfter = retryAfterOf(answer.headers['retry-after']);
        throw failureFromBody(answer.statusCode, await readError(answer), retryAfter);
      } catch (error) {
        throw failureFromConnection(error, host);
      }
    },
    async look(path, signal) {
      try {
        const answer = await send('GET', path, signal);
        return answer.statusCode === 200 ? await readError(answer) : void (await answer.body.dump());
      } catch {
        return undefined;
      }
    },
    retire: () => void egress.retire(),
    stop: () => egress.close(),
  };
};

const readError = async ({ body }: UpstreamAnswer): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ERROR_BYTES) return undefined;
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
};
