import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { RefusalReason } from './connection-ledger.ts';

/** What `clawdbot.http.refused` counts an answered error as; other errors are no matter of HTTP. */
export const REASON_OF: Readonly<Partial<Record<ErrorCode, RefusalReason>>> = {
  ERR_HTTP_PIPELINED: 'pipelined',
  ERR_HTTP_READER_STALLED: 'reader',
  ERR_HTTP_HEAD_TOO_LARGE: 'head_size',
  ERR_HTTP_URL_TOO_LONG: 'url_length',
  ERR_HTTP_BODY_TOO_LARGE: 'body_size',
  ERR_HTTP_BODY_TIMEOUT: 'too_slow',
  ERR_HTTP_BODIES_FULL: 'bodies_memory',
  ERR_HTTP_MALFORMED: 'malformed',
  ERR_HTTP_MISDIRECTED: 'host',
  ERR_HTTP_EXPECTATION: 'expectation',
  ERR_HTTP_JSON_MALFORMED: 'json',
  ERR_HTTP_CONTENT_TYPE: 'content_type',
  ERR_HTTP_METHOD: 'method',
};
