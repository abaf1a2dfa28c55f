import { ERROR_CODES, type ErrorCode } from '../../../core/errors/codes.ts';
import type { InferenceFacts, ModelOrigin } from './facts.ts';

export type InferenceAction = 'answered' | 'submitted' | 'refused' | 'failed' | 'cancelled';

/** What is known of the end of a request. */
export interface Ending {
  readonly errorCode: ErrorCode | undefined;
  readonly isGone: boolean;
  readonly isJob: boolean;
}

/** How a request ended: a refusal is what a client or a limit caused, a failure is ours. */
export const actionOf = ({ errorCode, isGone, isJob }: Ending): InferenceAction => {
  if (isGone) return 'cancelled';
  if (errorCode === undefined) return isJob ? 'submitted' : 'answered';
  return isRefusal(errorCode) ? 'refused' : 'failed';
};

const REFUSING = ['ERR_ADMIT_', 'ERR_AUTH_', 'ERR_AUDIT_', 'ERR_REDACT_', 'ERR_ROUTE_BREAKER_OPEN'];

const STATUSES: ReadonlyMap<string, number> = new Map(
  Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status]),
);

const isRefusal = (code: string): boolean =>
  REFUSING.some((start) => code.startsWith(start)) || (STATUSES.get(code) ?? 500) < 500;

/** The outcome in the words of ECS; nobody knows whether an answer that was broken off was of use. */
export const outcomeOf = (action: InferenceAction): 'success' | 'failure' | 'unknown' => {
  if (action === 'cancelled') return 'unknown';
  return action === 'answered' || action === 'submitted' ? 'success' : 'failure';
};

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** A time span as ECS wants it. */
export const nanoseconds = (ms: number): number => Math.round(ms * NANOSECONDS_PER_MILLISECOND);

/** Who asked, from what is known of the credential; what is undefined is left out of a record. */
export const callerFields = (keyId: string | undefined, address: string): Record<string, unknown> => ({
  'user.id': keyId,
  'labels.subject': keyId?.startsWith('jwt:') === true ? keyId.slice('jwt:'.length) : undefined,
  'client.ip': address === '' ? undefined : address,
});

/** The part of a record that says what the models did; what is not known is undefined, never zero. */
export const factFields = (facts: InferenceFacts, origin: ModelOrigin | undefined): Record<string, unknown> => {
  const { model, redaction, inputTokens, completionTokens, cachedTokens } = facts;
  const adapters = [...facts.adapters];
  return {
    'gen_ai.operation.name': facts.operation,
    'gen_ai.response.model': model,
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': completionTokens,
    'gen_ai.usage.cache_read.input_tokens': cachedTokens,
    'labels.model_sha256': oneOrMore(origin?.hashes ?? []),
    'labels.adapters': oneOrMore(adapters),
    'labels.adapter_sha256': oneOrMore(adapters.flatMap((id) => origin?.adapters?.[id] ?? [])),
    'labels.destination': model === undefined ? undefined : facts.cache === 'hit' ? 'local' : origin?.destination,
    'labels.cache': facts.cache,
    // A name that no configuration has is a client's text and may be anything.
    'labels.scenario': model === undefined ? undefined : facts.scenario,
    'labels.prompt_hash': oneOrMore([...facts.promptHashes]),
    'labels.redaction_policy': redaction?.policyVersion,
    'labels.redactions': redaction?.redactions,
    'labels.job_id': facts.jobId,
  };
};

const oneOrMore = (values: readonly string[]): string | readonly string[] | undefined =>
  values.length > 1 ? values : values[0];
