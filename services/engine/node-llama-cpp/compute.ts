import type { LlamaModel, Token } from 'node-llama-cpp';
import { rankByLikeness } from '../likeness.ts';
import type { GenerationInput, Task, TaskResult } from '../protocol/generation.ts';
import { cannotDo } from '../tasks.ts';
import { checkTokens } from '../token-ids.ts';
import type { Embedder } from './embeddings.ts';

export interface ComputeOptions {
  readonly model: LlamaModel;
  /** Tokens of the vocabulary. */
  readonly vocabulary: number;
  readonly embedder: Embedder;
  readonly readPrompt: (input: GenerationInput) => readonly Token[];
}

/** Does what a model can do beside writing, as far as the library lets it. */
export const createCompute = ({ model, vocabulary, embedder, readPrompt }: ComputeOptions) => {
  const textOf = (tokens: readonly number[]): string =>
    // Safe: a token of the library is a number with a mark on it; these were checked.
    model.detokenize(tokens as Token[], true);

  return async (task: Task, signal: AbortSignal): Promise<TaskResult> => {
    switch (task.kind) {
      case 'embed':
        for (const [index, input] of task.inputs.entries()) {
          if (typeof input !== 'string') checkTokens(input, `input ${index}`, vocabulary);
        }
        return { kind: 'embed', ...(await embedder.embed(task.inputs, signal)) };
      case 'rerank':
        return rankByLikeness(embedder.embed, task, signal);
      case 'tokenize': {
        const tokens = readPrompt(task.input);
        return { kind: 'tokenize', tokens, pieces: tokens.map((token) => textOf([token])) };
      }
      case 'detokenize':
        checkTokens(task.tokens, 'tokens', vocabulary);
        return { kind: 'detokenize', text: textOf(task.tokens) };
      case 'score':
        throw cannotDo('score');
    }
  };
};
