import type { Egress, RawAnswer } from '../../../../core/egress/egress.ts';
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
  readonly egress: Pick<Egress, 'send'>;
  readonly signal: AbortSignal;
}

/** A GET that follows redirects (each is asked of the egress policy anew), gives up on silence, and sends a credential only where `authorize` allows it. */
export const httpGet = async (get: Get): Promise<RawAnswer> => {
  let url = get.url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const authorization = get.authorize(url);
    const response = await get.egress.send(withoutUserInfo(url), {
      headers: {
        'accept-encoding': 'identity',
        ...get.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      signal: get.signal,
    });
    if (!REDIRECTS.has(response.statusCode)) return response;
    await response.body.dump();
    url = nextUrl(url, response.headers.location);
  }
  throw sourceError(`${get.url.host} redirected more than ${MAX_REDIRECTS} times`);
};

/** How downloads connect and how much silence they bear. */
export const DOWNLOAD_ERRAND = {
  purpose: 'model-download',
  dataClass: 'none',
  connectTimeoutMs: CONNECT_MS,
  headersTimeoutMs: HEADERS_MS,
  bodyTimeoutMs: IDLE_MS,
} as const;

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
