import type { GenerationRequest, ResponseFormat } from '../protocol/generation.ts';
import type { OpenaiOptions } from './options.ts';

/** OpenAI's own limit; the rest is cut on this side. */
const MAX_STOPS = 4;

export interface UpstreamCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What to send for a generation: always a stream, always with usage. */
export const toUpstreamCall = (
  request: GenerationRequest,
  model: string,
  maxTokensField: OpenaiOptions['maxTokensField'],
): UpstreamCall => {
  const { input, maxTokens, seed, stop } = request;
  const common = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: request.temperature,
    top_p: request.topP,
    ...(maxTokens === null ? {} : { [input.kind === 'text' ? 'max_tokens' : maxTokensField]: maxTokens }),
    ...(seed === null ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...formatOf(request.responseFormat),
  };
  if (input.kind === 'text') return { path: '/completions', body: { ...common, prompt: input.prompt } };
  // `developer` is a name only the newest upstreams know; it means the same.
  const messages = input.messages.map((message) => ({
    ...message,
    role: message.role === 'developer' ? 'system' : message.role,
  }));
  return { path: '/chat/completions', body: { ...common, messages } };
};

const formatOf = (format: ResponseFormat): Readonly<Record<string, unknown>> => {
  if (format.type === 'text') return {};
  if (format.type === 'json_object') return { response_format: { type: 'json_object' } };
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: format.schema } },
  };
};
