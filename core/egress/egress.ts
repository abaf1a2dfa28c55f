import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { ServiceError } from '../errors/service-error.ts';
import { type Connect, createConnector, type Resolve } from './connector.ts';

export interface EgressOptions {
  /** CIDR networks that may be reached although they are not public. */
  readonly allowAddresses: readonly string[];
  readonly resolve?: Resolve;
  readonly connect?: Connect;
}

export interface EgressRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
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

/** The way out: requests that reach public or explicitly allowed addresses only, and never follow a redirect. */
export interface Egress {
  request(url: string | URL, init?: EgressRequest): Promise<EgressAnswer>;
  /** Ends every connection, also those in use; may be called twice. */
  close(): Promise<void>;
}

/** Opens no connection before the first request; ignores proxy settings of the environment, which would resolve names unchecked. */
export const createEgress = (options: EgressOptions): Egress => {
  const agent = new Agent({ connect: createConnector(options), allowH2: false });
  return {
    async request(url, init = {}) {
      const target = parseTarget(url);
      const { statusCode, headers, body } = await request(target, { ...init, dispatcher: agent });
      return {
        status: statusCode,
        headers,
        body,
        readText: (maxBytes) => readText(body, maxBytes),
        discard: (maxBytes) => body.dump({ limit: maxBytes }),
      };
    },
    close: () => agent.destroy(),
  };
};

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
