import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';

const count = z.number().optional().catch(undefined);
const answer = z.object({
  error: z
    .object({
      message: z.string().optional().catch(undefined),
      type: z.string().optional().catch(undefined),
      code: z.union([z.string(), z.number()]).nullish().catch(undefined),
      param: z.string().nullish().catch(undefined),
      n_prompt_tokens: count,
      n_ctx: count,
    })
    .or(z.string().transform((message) => ({ message }))),
});

interface UpstreamError {
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly code?: string | number | null | undefined;
  readonly param?: string | null | undefined;
  readonly n_prompt_tokens?: number | undefined;
  readonly n_ctx?: number | undefined;
}

const DEFAULT_RETRY_SECONDS = 2;

/**
 * What an error answer of an upstream means here. Its own message is never passed on: upstreams quote prompts in it.
 */
export const failureFromBody = (status: number, body: unknown, retryAfterSeconds?: number): ServiceError => {
  const parsed = answer.safeParse(body);
  const error: UpstreamError = parsed.success ? parsed.data.error : {};
  const told = describe(status, error);
  if (isOverflow(error)) return overflow(told, error);
  if (status === 400 || status === 422) return refusal(told, error);
  const [what, advice] = adviceFor(status);
  return new ServiceError('ERR_ENGINE_FAILED', `upstream ${what} (${told})${advice}`, {
    details: { upstreamStatus: status },
    retryAfterSeconds: retryAfterSeconds ?? DEFAULT_RETRY_SECONDS,
  });
};

const adviceFor = (status: number): readonly [what: string, advice: string] => {
  if (status === 401 || status === 403) return ['refused the credential', '; check apiKeyFile'];
  if (status === 404) return ['knows no such model or route', '; check baseUrl and model'];
  if (status >= 300 && status < 400) return ['redirects, which is not followed', '; set baseUrl to its goal'];
  return ['cannot answer now', ''];
};

const refusal = (told: string, { message = '', param }: UpstreamError): ServiceError =>
  /response_format|json_schema|grammar/i.test(`${param ?? ''} ${message}`)
    ? new ServiceError('ERR_ENGINE_GRAMMAR', `upstream refused the response format (${told})`)
    : new ServiceError('ERR_MODELS_CAPABILITY', `upstream refused the request (${told})`);

const isOverflow = ({ code, type, message = '' }: UpstreamError): boolean =>
  code === 'context_length_exceeded' ||
  type === 'exceed_context_size_error' ||
  /maximum context length|exceeds the available context size|context_length_exceeded/i.test(message);

const overflow = (told: string, error: UpstreamError): ServiceError => {
  const promptTokens =
    error.n_prompt_tokens ??
    numberIn(error.message, /(\d+) (?:tokens )?(?:in the messages|in your prompt|input tokens)/) ??
    numberIn(error.message, /prompt has (\d+) tokens/);
  const contextTokens = error.n_ctx ?? numberIn(error.message, /maximum context length is (\d+)/);
  const counts =
    promptTokens !== undefined && contextTokens !== undefined
      ? `: ${promptTokens} tokens do not fit into ${contextTokens}`
      : '';
  return new ServiceError(
    'ERR_ENGINE_CONTEXT_OVERFLOW',
    `prompt and answer do not fit into the context of the upstream${counts} (${told})`,
    {
      details: { promptTokens: promptTokens ?? null, contextTokens: contextTokens ?? null },
    },
  );
};

const numberIn = (message: string | undefined, pattern: RegExp): number | undefined => {
  const found = message === undefined ? undefined : pattern.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** Status and machine-readable parts; short, because a confused upstream may put anything into them. */
const describe = (status: number, { type, code, param }: UpstreamError): string =>
  [`status ${status}`, type, code, param]
    .filter((part) => part !== undefined && part !== null && part !== '')
    .map((part) => String(part).slice(0, 60))
    .join(', ');

/** What a broken connection means here. */
export const failureFromConnection = (error: unknown, host: string): ServiceError => {
  if (error instanceof ServiceError) return error;
  const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  return new ServiceError('ERR_ENGINE_FAILED', `upstream ${host}: the connection failed (${reason})`, {
    cause: error,
    retryAfterSeconds: DEFAULT_RETRY_SECONDS,
  });
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Seconds from a `retry-after` header; a date or nonsense counts as not said. */
export const retryAfterOf = (header: unknown): number | undefined => {
  const seconds = typeof header === 'string' && header !== '' ? Number(header) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : undefined;
};
