import { canonicalHeaders, hmacSha256, sha256Hex } from '../notifier/signing.ts';

interface Options {
  readonly secretId: string;
  readonly secretKey: string;
  readonly service: string;
  readonly host: string;
  readonly action: string;
  readonly body: string;
  readonly nowMs: number;
}

const ALGORITHM = 'TC3-HMAC-SHA256';
/** Part of what is signed, so what is sent must have it letter by letter. */
export const TC3_CONTENT_TYPE = 'application/json; charset=utf-8';

/** The `Authorization` of Tencent Cloud's signature version 3 (https://cloud.tencent.com/document/api/382/52072) for a POST to `/`. */
export const signTc3 = ({ secretId, secretKey, service, host, action, body, nowMs }: Options): string => {
  const timestamp = Math.floor(nowMs / 1000);
  // In UTC, as the timestamp; a local date is refused for some hours of each day.
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const { lines, names } = canonicalHeaders({
    'content-type': TC3_CONTENT_TYPE,
    host,
    'x-tc-action': action.toLowerCase(),
  });
  const request = ['POST', '/', '', lines, names, sha256Hex(body)].join('\n');
  const scope = `${date}/${service}/tc3_request`;
  const text = [ALGORITHM, timestamp, scope, sha256Hex(request)].join('\n');
  const key = hmacSha256(hmacSha256(hmacSha256(`TC3${secretKey}`, date), service), 'tc3_request');
  const signature = hmacSha256(key, text).toString('hex');
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
};
