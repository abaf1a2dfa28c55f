import type { LlamaModel, Token } from 'node-llama-cpp';
import type { AnswerPlan } from '../chat/answer-plan.ts';
import { createChatFormat, planAnswer } from '../chat/chat-format.ts';
import type { GenerationInput, GenerationRequest } from '../protocol/generation.ts';
import { checkTokens } from '../token-ids.ts';

/** `tokenizer.ggml.token_type`: control, unknown. */
const CONTROL_TYPES = new Set<unknown>([2, 3]);
/** `user defined`: one token in any text, although it counts as text. */
const TEXT_TYPES = new Set<unknown>([4]);

/** The tokens of a prompt, and how its answer is to be read. */
export interface Prepared {
  readonly prompt: Token[];
  readonly plan: AnswerPlan;
}

/** Turns prompts into the tokens of one model, which has so many. */
export const createPromptReader = (model: LlamaModel, vocabulary: number, chatTemplate: string | undefined) => {
  const chat = createChatFormat({
    source: chatTemplate ?? model.fileInfo.metadata.tokenizer?.chat_template,
    bosToken: model.tokens.bosString ?? '',
    eosToken: model.tokens.eosString ?? '',
    controlNames: namesOf(model, CONTROL_TYPES),
    textNames: namesOf(model, TEXT_TYPES),
  });
  const { bos, eos, shouldPrependBosToken } = model.tokens;
  // A model needs something to go on from.
  const nothing = [bos ?? eos].filter((token) => token !== null);

  const plainTokens = (input: Exclude<GenerationInput, { kind: 'chat' }>): Token[] => {
    if (input.kind === 'text') return model.tokenize(input.prompt, false);
    checkTokens(input.tokens, 'prompt', vocabulary);
    // Safe: a token of the library is a number with a mark on it.
    return [...input.tokens] as Token[];
  };

  const complete = (tokens: Token[]): Token[] => {
    if (tokens.length === 0) return nothing;
    const isBosMissing = shouldPrependBosToken && bos !== null && tokens[0] !== bos;
    return isBosMissing ? [bos, ...tokens] : tokens;
  };

  return {
    /** Only the tokens. */
    read: (input: GenerationInput): Token[] =>
      complete(input.kind === 'chat' ? tokenizeParts(model, chat.render(input)) : plainTokens(input)),
    prepare({ input, responseFormat: format }: Pick<GenerationRequest, 'input' | 'responseFormat'>): Prepared {
      if (input.kind !== 'chat') return { prompt: complete(plainTokens(input)), plan: planAnswer({ format }) };
      const { parts, plan } = chat.prepare(input, format);
      return { prompt: complete(tokenizeParts(model, parts)), plan };
    },
  };
};

type Parts = ReturnType<ReturnType<typeof createChatFormat>['render']>;

// Not as one `LlamaText`, which would put texts together again that were cut in the middle of a mark.
const tokenizeParts = (model: LlamaModel, parts: Parts): Token[] =>
  parts.flatMap(({ text, isControl }, index) =>
    model.tokenize(text, isControl, index === 0 ? undefined : 'trimLeadingSpace'),
  );

/** The names of the tokens of these types. */
const namesOf = (model: LlamaModel, wanted: ReadonlySet<unknown>): readonly string[] => {
  const { tokens, token_type: types } = model.fileInfo.metadata.tokenizer?.ggml ?? {};
  const names: string[] = [];
  for (const [index, type] of (types ?? []).entries()) {
    const name = tokens?.[index];
    if (wanted.has(type) && name !== undefined && name !== '') names.push(name);
  }
  return names;
};
