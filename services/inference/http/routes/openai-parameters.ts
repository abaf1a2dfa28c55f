import type { GenerationRequest, ResponseFormat } from '../../../engine/protocol/generation.ts';
import { given } from './given.ts';
import { checkTokenLimit, invalidField, kindOf, unsupportedParameter } from './refusals.ts';
import type { ChatBody } from './schemas-openai-chat.ts';
import type { CompletionBody } from './schemas-openai-text.ts';

interface Harmless {
  readonly expected: string;
  readonly allows: (value: unknown) => boolean;
}

/** The only values that are accepted; the others are refused by name. */
export const only = (...values: readonly unknown[]): Harmless => ({
  expected: values.map((value) => JSON.stringify(value)).join(' or '),
  allows: (value) => values.includes(value),
});

/** No value is accepted but null. */
export const NOTHING: Harmless = { expected: 'nothing', allows: () => false };

const TEXT_ONLY: Harmless = {
  expected: '["text"]',
  allows: (value) => Array.isArray(value) && value.every((entry) => entry === 'text'),
};

/** The values of parameters that do nothing here: null and these change no answer, all others are refused. */
const CHAT = {
  modalities: TEXT_ONLY,
  audio: NOTHING,
  prediction: NOTHING,
  verbosity: only('medium'),
  web_search_options: NOTHING,
  moderation: NOTHING,
  store: only(false),
  service_tier: only('auto', 'default'),
} as const satisfies Partial<Record<keyof ChatBody, Harmless>>;

const COMPLETION = { suffix: only('') } as const satisfies Partial<Record<keyof CompletionBody, Harmless>>;

/** Makes the check of a body against such a table. */
export const compileHarmless = <Body extends object>(table: Partial<Record<keyof Body & string, Harmless>>) => {
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
export const refuseUnsupportedChat = compileHarmless<ChatBody>(CHAT);
export const refuseUnsupportedCompletion = compileHarmless<CompletionBody>(COMPLETION);

/** OpenAI's own defaults, so that a client gets here what it gets there. */
export const DEFAULT_TEMPERATURE = 1;
export const DEFAULT_TOP_P = 1;

type Sampling = Omit<GenerationRequest, 'input' | 'responseFormat' | 'logprobs'>;

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
    ...fineSamplingOf({
      topK: body.top_k,
      minP: body.min_p,
      frequencyPenalty: body.frequency_penalty,
      presencePenalty: body.presence_penalty,
      repeatPenalty: body.repeat_penalty,
      logitBias: body.logit_bias,
      biasField: 'logit_bias',
    }),
    ...adaptersOf(body),
    ...(body.context_shift === true ? { shiftsContext: true } : {}),
  };
};

interface Fine {
  readonly topK?: number | null | undefined;
  readonly minP?: number | null | undefined;
  readonly frequencyPenalty?: number | null | undefined;
  readonly presencePenalty?: number | null | undefined;
  readonly repeatPenalty?: number | null | undefined;
  readonly logitBias?: Readonly<Record<string, number>> | null | undefined;
  /** What the dialect calls the last. */
  readonly biasField: string;
}

const TOKEN_ID = /^\d{1,9}$/;

/** Sampling of any dialect without what changes nothing, so that equal requests look equal to an engine and a cache. */
export const fineSamplingOf = ({ biasField, ...fine }: Fine) => {
  const bias = Object.entries(fine.logitBias ?? {});
  if (bias.some(([token]) => !TOKEN_ID.test(token))) {
    throw invalidField(biasField, 'token ids as names', 'another name', 'tokenise the text to learn its ids');
  }
  return given({
    topK: fine.topK,
    minP: fine.minP === 0 ? null : fine.minP,
    frequencyPenalty: fine.frequencyPenalty === 0 ? null : fine.frequencyPenalty,
    presencePenalty: fine.presencePenalty === 0 ? null : fine.presencePenalty,
    repeatPenalty: fine.repeatPenalty === 1 ? null : fine.repeatPenalty,
    logitBias: bias.length === 0 ? null : fine.logitBias,
  });
};

/** The adapters of a request, by either name. */
export const adaptersOf = ({
  adapters,
  lora,
}: Pick<ChatBody, 'adapters' | 'lora'>): Pick<GenerationRequest, 'adapters'> => {
  const isEmpty = (list: typeof lora) => list === undefined || list === null || list.length === 0;
  if (!isEmpty(adapters) && !isEmpty(lora)) {
    throw invalidField('lora', 'nothing beside `adapters`', kindOf(lora), 'send one of the two');
  }
  const wanted = isEmpty(adapters) ? lora : adapters;
  return wanted === undefined || wanted === null || wanted.length === 0 ? {} : { adapters: wanted };
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

/** A grammar, where one was sent, in the place of a format that asks for nothing else. */
export const withGrammar = (grammar: string | null | undefined, format: ResponseFormat): ResponseFormat => {
  if (grammar === undefined || grammar === null) return format;
  if (format.type === 'text') return { type: 'grammar', grammar };
  throw invalidField('grammar', 'nothing beside `response_format`', 'a grammar', 'send one of the two');
};
