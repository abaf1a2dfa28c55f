import type { AnswerPlan } from '../chat/answer-plan.ts';
import { createChatFormat, planAnswer } from '../chat/chat-format.ts';
import type { Vocabulary } from '../ffi/vocabulary.ts';
import { overflowUncounted } from '../fit.ts';
import type { ChatMessage, GenerationInput, GenerationRequest } from '../protocol/generation.ts';
import { checkTokens } from '../token-ids.ts';
import { exceeds, isLong } from './long-text.ts';

/** The tokens of a prompt, and how its answer is to be read. */
export interface Prepared {
  readonly prompt: number[];
  readonly plan: AnswerPlan;
}

type Asked = Pick<GenerationRequest, 'input' | 'responseFormat'>;

export interface PromptReader {
  /** Only the tokens, whatever it takes. */
  readAll(input: GenerationInput): Promise<number[]>;
  prepare(request: Asked): Prepared;
  /** The same for a long prompt, while this thread goes on; throws where it has more tokens than `limit` for certain. */
  prepareLater(request: Asked & Pick<GenerationRequest, 'maxTokens'>, limit: number): Promise<Prepared>;
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

  const tokenizeLater = async (parts: ReturnType<typeof chat.render>): Promise<number[]> => {
    const lists = [];
    for (const { text, isControl } of parts) {
      lists.push(
        isLong(text.length)
          ? await vocabulary.tokenizeLater(text, { isControl })
          : vocabulary.tokenize(text, isControl),
      );
    }
    return lists.flat();
  };

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
    async readAll(input) {
      if (input.kind === 'tokens') return complete(plainTokens(input));
      return complete(await tokenizeLater(input.kind === 'chat' ? chat.render(input) : [textOf(input)]));
    },
    prepare({ input, responseFormat: format }) {
      if (input.kind !== 'chat') return { prompt: complete(plainTokens(input)), plan: planAnswer({ format }) };
      const { parts, plan } = chat.prepare(input, format);
      return { prompt: complete(tokenizeParts(parts)), plan };
    },
    async prepareLater({ input, responseFormat: format, maxTokens }, limit) {
      if (await exceeds(vocabulary, wordsOf(input), limit)) throw overflowUncounted(maxTokens, limit);
      if (input.kind !== 'chat') return { prompt: await this.readAll(input), plan: planAnswer({ format }) };
      const { parts, plan } = chat.prepare(input, format);
      return { prompt: complete(await tokenizeLater(parts)), plan };
    },
  };
};

const textOf = ({ prompt }: GenerationInput & { readonly kind: 'text' }) => ({ text: prompt, isControl: false });

/** What a caller wrote, as far as its length may matter. */
const wordsOf = (input: GenerationInput): string => {
  if (input.kind === 'tokens') return '';
  return input.kind === 'text' ? input.prompt : input.messages.map(({ content }) => content).join('\n');
};

/** Whether reading it would hold up everybody else. */
export const isLongPrompt = (input: GenerationInput): boolean => {
  if (input.kind === 'tokens') return false;
  if (input.kind === 'text') return isLong(input.prompt.length);
  return isLong(input.messages.reduce((sum, message) => sum + lengthOf(message), toolsLength(input)));
};

const lengthOf = ({ content, reasoning = '', toolCalls = [] }: ChatMessage): number =>
  toolCalls.reduce((sum, call) => sum + call.arguments.length, content.length + reasoning.length);

const toolsLength = ({ toolUse }: GenerationInput & { readonly kind: 'chat' }): number =>
  toolUse === undefined ? 0 : JSON.stringify(toolUse.tools).length;
