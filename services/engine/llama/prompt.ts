import type { AnswerPlan } from '../chat/answer-plan.ts';
import { createChatFormat, planAnswer } from '../chat/chat-format.ts';
import type { Vocabulary } from '../ffi/vocabulary.ts';
import type { GenerationInput, GenerationRequest } from '../protocol/generation.ts';
import { checkTokens } from '../token-ids.ts';

/** The tokens of a prompt, and how its answer is to be read. */
export interface Prepared {
  readonly prompt: number[];
  readonly plan: AnswerPlan;
}

export interface PromptReader {
  /** Only the tokens. */
  read(input: GenerationInput): number[];
  prepare(request: Pick<GenerationRequest, 'input' | 'responseFormat'>): Prepared;
}

/** Turns prompts into the tokens of one model; what a user writes never becomes a control token. */
export const createPromptReader = (vocabulary: Vocabulary, template: string | undefined): PromptReader => {
  const chat = createChatFormat({
    source: template,
    bosToken: vocabulary.bosText,
    eosToken: vocabulary.eosText,
    controlNames: vocabulary.controlNames,
    textNames: vocabulary.textNames,
  });

  const tokenizeParts = (parts: ReturnType<typeof chat.render>): number[] =>
    parts.flatMap(({ text, isControl }) => vocabulary.tokenize(text, isControl));

  const plainTokens = (input: Exclude<GenerationInput, { kind: 'chat' }>): number[] => {
    if (input.kind === 'text') return vocabulary.tokenize(input.prompt, false);
    checkTokens(input.tokens, 'prompt', vocabulary.size);
    return [...input.tokens];
  };

  const complete = (tokens: number[]): number[] => {
    const { beginning } = vocabulary;
    // A model needs something to go on from.
    if (tokens.length === 0) return [vocabulary.nothing];
    return beginning === undefined || tokens[0] === beginning ? tokens : [beginning, ...tokens];
  };

  return {
    read: (input) => complete(input.kind === 'chat' ? tokenizeParts(chat.render(input)) : plainTokens(input)),
    prepare({ input, responseFormat: format }) {
      if (input.kind !== 'chat') return { prompt: complete(plainTokens(input)), plan: planAnswer({ format }) };
      const { parts, plan } = chat.prepare(input, format);
      return { prompt: complete(tokenizeParts(parts)), plan };
    },
  };
};
