import type { GenerationRequest } from '../../../engine/protocol/generation.ts';
import { checkTokenLimit, invalidField, kindOf, unsupportedParameter } from './refusals.ts';
import type { ChatBody, CompletionBody } from './schemas-openai.ts';

interface Harmless {
  readonly expected: string;
  readonly allows: (value: unknown) => boolean;
}

const only = (...values: readonly unknown[]): Harmless => ({
  expected: values.map((value) => JSON.stringify(value)).join(' or '),
  allows: (value) => values.includes(value),
});
const NOTHING: Harmless = { expected: 'nothing', allows: () => false };
const EMPTY: Harmless = {
  expected: 'nothing or an empty value',
  allows: (value) => typeof value === 'object' && value !== null && Object.keys(value).length === 0,
};
const TEXT_ONLY: Harmless = {
  expected: '["text"]',
  allows: (value) => Array.isArray(value) && value.every((entry) => entry === 'text'),
};

/** The values of parameters that do nothing here: null and these change no answer, all others are refused. */
const COMMON = {
  n: only(1),
  frequency_penalty: only(0),
  presence_penalty: only(0),
  logit_bias: EMPTY,
} as const satisfies Partial<Record<keyof (ChatBody | CompletionBody), Harmless>>;

const CHAT = {
  ...COMMON,
  tools: EMPTY,
  tool_choice: only('none', 'auto'),
  functions: EMPTY,
  function_call: only('none', 'auto'),
  logprobs: only(false),
  top_logprobs: only(0),
  modalities: TEXT_ONLY,
  audio: NOTHING,
  prediction: NOTHING,
  reasoning_effort: only('none'),
  verbosity: only('medium'),
  web_search_options: NOTHING,
  moderation: NOTHING,
  store: only(false),
  service_tier: only('auto', 'default'),
} as const satisfies Partial<Record<keyof ChatBody, Harmless>>;

const COMPLETION = {
  ...COMMON,
  best_of: only(1),
  logprobs: NOTHING,
  suffix: only(''),
} as const satisfies Partial<Record<keyof CompletionBody, Harmless>>;

const compile = <Body extends object>(table: Partial<Record<keyof Body & string, Harmless>>) => {
  // Safe: the entries of a table are its keys and values.
  const rows = Object.entries(table) as [keyof Body & string, Harmless][];
  return (body: Body): void => {
    for (const [name, { expected, allows }] of rows) {
      const value: unknown = body[name];
      if (value === undefined || value === null || allows(value)) continue;
      throw unsupportedParameter(name, expected, kindOf(value));
    }
  };
};

/** Throws for a parameter OpenAI defines and this service does not honour. */
export const refuseUnsupportedChat = compile<ChatBody>(CHAT);
export const refuseUnsupportedCompletion = compile<CompletionBody>(COMPLETION);

/** OpenAI's own defaults, so that a client gets here what it gets there. */
const DEFAULT_TEMPERATURE = 1;
const DEFAULT_TOP_P = 1;

type Sampling = Pick<GenerationRequest, 'maxTokens' | 'temperature' | 'topP' | 'seed' | 'stop'>;

/** The parameters both kinds of completion share, checked against each other and the limits. */
export const samplingOf = (body: ChatBody | CompletionBody, maxOutputTokens: number): Sampling => {
  if (body.stream_options !== undefined && body.stream_options !== null && body.stream !== true) {
    throw invalidField('stream_options', 'nothing without `stream: true`', 'an object', 'leave it out');
  }
  return {
    maxTokens: tokenLimitOf(body, maxOutputTokens),
    temperature: body.temperature ?? DEFAULT_TEMPERATURE,
    topP: body.top_p ?? DEFAULT_TOP_P,
    seed: body.seed ?? null,
    stop: stopsOf(body.stop),
  };
};

const tokenLimitOf = (body: ChatBody | CompletionBody, limit: number): number | null => {
  const current = 'max_completion_tokens' in body ? body.max_completion_tokens : undefined;
  const wanted = current ?? body.max_tokens ?? null;
  if (body.max_tokens !== undefined && body.max_tokens !== null && body.max_tokens !== wanted) {
    throw invalidField(
      'max_tokens',
      'the same as max_completion_tokens',
      String(body.max_tokens),
      'send one of the two',
    );
  }
  checkTokenLimit(current === undefined || current === null ? 'max_tokens' : 'max_completion_tokens', wanted, limit);
  return wanted;
};

/** One text, several or none. */
export const stopsOf = (stop: string | readonly string[] | null | undefined): readonly string[] => {
  if (stop === null || stop === undefined) return [];
  return typeof stop === 'string' ? [stop] : stop;
};
