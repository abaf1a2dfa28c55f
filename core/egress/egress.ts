import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { ServiceError } from '../errors/service-error.ts';
import { type ConnectorOptions, createConnector } from './connector.ts';
import type { EgressOutcome } from './ledger.ts';
import { type Gate, printTarget, type Target, targetOf } from './policy.ts';

export interface EgressOptions extends ConnectorOptions {
  readonly gate: Gate;
  /** Told how each request ended. */
  readonly note?: (destination: string, outcome: EgressOutcome) => void;
  /** Longest wait for the head of an answer, and between two pieces of its body; 0: the caller watches itself. */
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
}

export interface EgressRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
  readonly signal?: AbortSignal;
}

export interface EgressAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read, `discard`ed or destroyed, else its connection stays taken. */
  readonly body: Readable;
  /** The body as UTF-8; refuses one of more than `maxBytes`. */
  readText(maxBytes: number): Promise<string>;
  /** Throws the body away, after at most `maxBytes` together with the connection. */
  discard(maxBytes: number): Promise<void>;
}

/** What arrives, as undici hands it out: its body must be read, dumped or destroyed. */
export type RawAnswer = Dispatcher.ResponseData;

/** The way out: requests that reach allowed hosts at public or allowed addresses only, and never follow a redirect. */
export interface Egress {
  request(url: string | URL, init?: EgressRequest): Promise<EgressAnswer>;
  /** The same with the answer as it comes, for whoever streams it. */
  send(url: string | URL, init?: EgressRequest): Promise<RawAnswer>;
  /** Takes no more requests; those under way finish. */
  retire(): Promise<void>;
  /** Ends every connection, also those in use; may be called twice. */
  close(): Promise<void>;
}

/** Opens no connection before the first request; ignores proxy settings of the environment, which would resolve names unchecked. */
export const createEgress = (options: EgressOptions): Egress => {
  const { gate, note = () => {} } = options;
  let agent = createAgent(options);
  let revision = gate.revision();
  let isClosed = false;

  const currentAgent = (): Agent => {
    if (isClosed || revision === gate.revision()) return agent;
    // What runs may end; nothing new is sent over a connection that an older policy allowed.
    void agent.close();
    revision = gate.revision();
    agent = createAgent(options);
    return agent;
  };
  const dispatch = async (url: URL, target: Target, init: EgressRequest): Promise<RawAnswer> => {
    const refusal = gate.refusal(target);
    if (refusal !== undefined) throw new ServiceError('ERR_EGRESS_REFUSED', `outgoing request: ${refusal}`);
    return request(url, { ...init, dispatcher: currentAgent() });
  };
  const send = async (where: string | URL, init: EgressRequest = {}): Promise<RawAnswer> => {
    const url = parseTarget(where);
    const target = targetOf(url);
    try {
      const answer = await dispatch(url, target, init);
      note(printTarget(target), 'sent');
      return answer;
    } catch (error) {
      note(printTarget(target), isRefusal(error) ? 'refused' : 'failed');
      throw error;
    }
  };

  return {
    send,
    async request(url, init) {
      const { statusCode, headers, body } = await send(url, init);
      return {
        status: statusCode,
        headers,
        body,
        readText: (maxBytes) => readText(body, maxBytes),
        discard: (maxBytes) => body.dump({ limit: maxBytes }),
      };
    },
    retire() {
      isClosed = true;
      return agent.close();
    },
    close() {
      isClosed = true;
      return agent.destroy();
    },
  };
};

const createAgent = (options: EgressOptions): Agent =>
  new Agent({
    connect: createConnector(options),
    allowH2: false,
    ...(options.headersTimeoutMs === undefined ? {} : { headersTimeout: options.headersTimeoutMs }),
    ...(options.bodyTimeoutMs === undefined ? {} : { bodyTimeout: options.bodyTimeoutMs }),
  });

const isRefusal = (error: unknown): boolean => error instanceof ServiceError && error.code === 'ERR_EGRESS_REFUSED';

const parseTarget = (url: string | URL): URL => {
  const target = typeof url === 'string' ? parse(url) : url;
  if (target.protocol !== 'https:' && target.protocol !== 'http:')
    throw refuse('an http or https URL', 'another scheme');
  if (target.username !== '' || target.password !== '') throw refuse('a URL without credentials', 'one with');
  return target;
};

const parse = (url: string): URL => {
  const target = URL.parse(url);
  if (target === null) throw refuse('an absolute URL', 'something else');
  return target;
};

const refuse = (expected: string, got: string): ServiceError =>
  new ServiceError('ERR_EGRESS_REFUSED', `outgoing request: expected ${expected}, got ${got}`);

const readText = async (body: Readable, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    // Safe: a body without an encoding set yields byte arrays only.
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > maxBytes) throw refuse(`a body of at most ${maxBytes} bytes`, 'a larger one');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
};
