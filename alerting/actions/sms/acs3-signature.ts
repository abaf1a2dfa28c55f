import { canonicalHeaders, hmacSha256, sha256Hex } from '../notifier/signing.ts';

interface Options {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly host: string;
  readonly action: string;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
  readonly nonce: string;
  readonly nowMs: number;
}

/** What is sent: the query exactly as it was signed, and the headers. */
export interface SignedCall {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHM = 'ACS3-HMAC-SHA256';

/**
 * Alibaba Cloud's signature version 3 (https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature)
 * for a POST to `/` whose parameters are in the query and whose body is empty.
 */
export const signAcs3 = ({
  accessKeyId,
  accessKeySecret,
  host,
  action,
  version,
  query,
  nonce,
  nowMs,
}: Options): SignedCall => {
  const canonicalQuery = Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  const hashedBody = sha256Hex('');
  const signed = {
    'x-acs-action': action,
    'x-acs-content-sha256': hashedBody,
    'x-acs-date': new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  };
  const { lines, names } = canonicalHeaders({ host, ...signed });
  const request = ['POST', '/', canonicalQuery, lines, names, hashedBody].join('\n');
  const signature = hmacSha256(accessKeySecret, `${ALGORITHM}\n${sha256Hex(request)}`).toString('hex');
  return {
    query: canonicalQuery,
    headers: {
      ...signed,
      authorization: `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${names},Signature=${signature}`,
    },
  };
};

/** RFC 3986: also what `encodeURIComponent` leaves, and a blank is `%20`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
