import { type Dispatcher, request } from 'undici';
import { sourceError } from './source-error.ts';

const MAX_REDIRECTS = 10;
const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const IDLE_MS = 60_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface Get {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The credential for one hop, asked anew at every redirect so that it never follows one to another host. */
  readonly authorize: (url: URL) => string | undefined;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

/** A GET that follows redirects, gives up on silence, and sends a credential only where `authorize` allows it. */
export const httpGet = async (get: Get): Promise<Dispatcher.ResponseData> => {
  let url = get.url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const authorization = get.authorize(url);
    const response = await request(withoutUserInfo(url), {
      headers: {
        'accept-encoding': 'identity',
        ...get.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      dispatcher: get.dispatcher,
      signal: get.signal,
      headersTimeout: HEADERS_MS,
      bodyTimeout: IDLE_MS,
    });
    if (!REDIRECTS.has(response.statusCode)) return response;
    await response.body.dump();
    url = nextUrl(url, response.headers.location);
  }
  throw sourceError(`${get.url.host} redirected more than ${MAX_REDIRECTS} times`);
};

/** Options for undici agents that download: one request at a time, no HTTP/2. */
export const CONNECTION = { connectTimeout: CONNECT_MS, allowH2: false, pipelining: 1 } as const;

const nextUrl = (url: URL, location: string | string[] | undefined): URL => {
  const next = typeof location === 'string' ? URL.parse(location, url.href) : null;
  if (next === null) throw sourceError(`${url.host} redirected to nowhere`);
  const isDowngrade = url.protocol === 'https:' && next.protocol !== 'https:';
  if (isDowngrade || !/^https?:$/.test(next.protocol)) {
    throw sourceError(`${url.host} redirected to ${next.protocol}//${next.host}, which is not protected`);
  }
  return next;
};

const withoutUserInfo = (url: URL): URL => {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain;
};
