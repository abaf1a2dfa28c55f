import { ServiceError } from '../../../../core/errors/service-error.ts';
import { firstPath } from '../errors.ts';
import type { Dialect } from '../operation.ts';

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

/** An error of the stages behind a route, about the field by the name its client gave it. */
export const inClientWords = (error: unknown, dialect: Dialect): unknown => {
  if (dialect === 'native' || !(error instanceof ServiceError)) return error;
  const path = firstPath(error);
  const param = path?.replace(/^[a-zA-Z]+/, (field) => OPENAI_FIELDS[field] ?? field);
  if (param === undefined || param === path) return error;
  const { retryAfterSeconds } = error;
  return new ServiceError(error.code, error.message, {
    cause: error,
    details: { param },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
};
