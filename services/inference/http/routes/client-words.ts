import { ServiceError } from '../../../../core/errors/service-error.ts';
import { firstPath } from '../errors.ts';
import type { Exchange } from '../exchange.ts';

/** What engines call a field of the request, by what OpenAI's clients called it. */
const OPENAI_FIELDS: Readonly<Record<string, string>> = {
  maxTokens: 'max_tokens',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  repeatPenalty: 'repeat_penalty',
  logitBias: 'logit_bias',
  responseFormat: 'response_format',
  toolUse: 'tools',
  toolChoice: 'tool_choice',
  reasoningEffort: 'reasoning_effort',
  templateVariables: 'chat_template_kwargs',
  shiftsContext: 'context_shift',
};

/** What is too long where a prompt does not fit, by the route that takes it. */
const PROMPT_FIELDS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'messages',
  '/v1/completions': 'prompt',
  '/v1/responses': 'input',
  '/v1/embeddings': 'input',
  '/v1/rerank': 'documents',
};

/** An error of the stages behind a route, about the field by the name its client gave it. */
export const inClientWords = (error: unknown, { dialect, route }: Pick<Exchange, 'dialect' | 'route'>): unknown => {
  if (dialect === 'native' || !(error instanceof ServiceError)) return error;
  const path = firstPath(error);
  if (path === null && error.code === 'ERR_ENGINE_CONTEXT_OVERFLOW') return about(error, PROMPT_FIELDS[route]);
  // Token ids are read as text before an engine sees them, by a task that calls them its own name.
  if (path === 'tokens') return about(error, PROMPT_FIELDS[route]);
  const param = path?.replace(/^[a-zA-Z]+/, (field) => OPENAI_FIELDS[field] ?? field);
  return param === path ? error : about(error, param);
};

const about = (error: ServiceError, param: string | undefined): ServiceError => {
  if (param === undefined) return error;
  const { retryAfterSeconds } = error;
  return new ServiceError(error.code, error.message, {
    cause: error,
    details: { param },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
};
