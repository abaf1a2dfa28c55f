import { readCa } from '../../../core/config/ca-file.ts';
import type { Purpose } from '../../../core/config/egress-words.ts';
import type { Egress, EgressAnswer, EgressRequest } from '../../../core/egress/egress.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { NotifierContext, Receipt } from './notifier.ts';

/** What a provider said, or why it said nothing. */
export type Answer = { readonly kind: 'answered'; readonly status: number; readonly text: string } | NotTaken;
/** Any receipt but the good one. */
export type NotTaken = Exclude<Receipt, { kind: 'accepted' }>;

/** More is no answer of an SMS gateway. */
const MAX_ANSWER_BYTES = 65_536;

/** Opens the way to a provider: what leaves are words about this service, nothing that users wrote. */
export const openWay = (
  { out }: Pick<NotifierContext, 'out'>,
  purpose: Extract<Purpose, 'sms' | 'webhook'>,
  caFile: string | undefined,
): Egress => out.open({ purpose, dataClass: 'metadata', ...(caFile === undefined ? {} : { ca: readCa(caFile) }) });

/** Asks once; never rejects. A body that broke off or goes on for ever is one that cannot be read. */
export const ask = async (
  egress: Pick<Egress, 'request'>,
  url: string,
  init: Omit<EgressRequest, 'signal'>,
  signal: AbortSignal,
): Promise<Answer> => {
  let answer: EgressAnswer;
  try {
    answer = await egress.request(url, { ...init, signal });
  } catch (error) {
    return judgeFailure(error);
  }
  try {
    return { kind: 'answered', status: answer.status, text: await answer.readText(MAX_ANSWER_BYTES) };
  } catch {
    return UNREADABLE;
  }
};

/** Failures before the first byte of the request left; whatever else happened, it may have arrived. */
const NOT_SENT: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'EPROTO'],
]);

const judgeFailure = (error: unknown): NotTaken => {
  // Its message names host and port at most.
  if (error instanceof ServiceError && error.code === 'ERR_EGRESS_REFUSED')
    return { kind: 'rejected', reason: error.message };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NOT_SENT.has(code)) return { kind: 'busy', reason: `cannot be reached (${code})` };
  const isAbort = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
  return { kind: 'doubtful', reason: isAbort ? 'no answer in time' : `the connection broke (${code || 'unknown'})` };
};

/** What a status says by itself, where the body says nothing better; undefined for success. */
export const judgeStatus = (status: number): NotTaken | undefined => {
  if (status >= 200 && status < 300) return undefined;
  if (status === 429 || status === 503) return { kind: 'busy', reason: `HTTP ${status}` };
  // The other errors of a server can come after it did what was asked.
  return { kind: status >= 500 || status === 408 ? 'doubtful' : 'rejected', reason: `HTTP ${status}` };
};

/** A code of a provider: what becomes of the message, and what the person who set it up should know. */
export interface CodeRow {
  readonly kind: 'rejected' | 'busy' | 'doubtful';
  readonly means: string;
}

/** The receipt for a code; what nobody knows is final, because the next provider is asked at once anyway. */
export const judgeCode = (code: string, row: CodeRow | undefined): NotTaken =>
  row === undefined
    ? { kind: 'rejected', reason: `code ${code}` }
    : { kind: row.kind, reason: `code ${code}: ${row.means}` };

/** The mapping a body is, or undefined. */
export const readMapping = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    return asMapping(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** The value as a mapping, or undefined. */
export const asMapping = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  // Safe: any object may be read by keys.
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

/** Says yes to something that is not an answer of this provider. */
export const UNREADABLE: NotTaken = { kind: 'doubtful', reason: 'an answer that cannot be read' };
