import type { GenerationInput, Task, TaskResult } from '../../../engine/protocol/generation.ts';

/** Plays a task: lengths for vectors, lengths for scores, code points for tokens. */
export const resultOf = (task: Task): TaskResult => {
  switch (task.kind) {
    case 'embed':
      return {
        kind: 'embed',
        vectors: task.inputs.map((input) => [input.length, -0.5, 0.25]),
        promptTokens: task.inputs.length,
      };
    case 'rerank':
      return {
        kind: 'rerank',
        scores: task.documents.map(({ length }) => length / 100),
        method: 'embedding',
        promptTokens: task.documents.length + 1,
      };
    case 'tokenize': {
      const pieces = [...textOf(task.input)];
      return { kind: 'tokenize', tokens: pieces.map((piece) => piece.codePointAt(0) ?? 0), pieces };
    }
    case 'detokenize':
      return { kind: 'detokenize', text: String.fromCodePoint(...task.tokens) };
    case 'score': {
      const likely = (token: string) => ({ token, bytes: [...Buffer.from(token)], logprob: -0.5 });
      const logprobs = [...textOf(task.input)].map((token, index) => ({
        ...likely(token),
        ...(index === 0 ? { logprob: null, top: [] } : { top: [likely(token)] }),
      }));
      return { kind: 'score', logprobs, promptTokens: logprobs.length };
    }
  }
};

/** What an input says last. */
export const textOf = (input: GenerationInput): string => {
  if (input.kind === 'tokens') return String.fromCodePoint(...input.tokens);
  return input.kind === 'text' ? input.prompt : (input.messages.at(-1)?.content ?? '');
};
