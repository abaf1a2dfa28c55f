import type { Task, TaskResult } from '../protocol/generation.ts';
import { type estimatePromptTokens, estimateTokens } from '../text/estimate.ts';
import { embedText } from './embedding.ts';
import { describeTokens } from './likelihoods.ts';
import { textOfTokens } from './script.ts';

/** Plays the tasks that are no generations: a token is a Unicode character, a document scores by the words it shares. */
export const computeScripted = (task: Task): TaskResult => {
  switch (task.kind) {
    case 'embed':
      return {
        kind: 'embed',
        vectors: task.inputs.map((input, index) => embedText(textOf(input, `input[${index}]`))),
        promptTokens: sizeOf(task.inputs),
      };
    case 'rerank': {
      const { query, documents } = task;
      const scores = documents.map((document) => sharedWords(query, document));
      return { kind: 'rerank', scores, method: 'embedding', promptTokens: sizeOf([query, ...documents]) };
    }
    case 'tokenize': {
      const pieces = [...promptText(task.input)];
      return { kind: 'tokenize', pieces, tokens: pieces.map((piece) => piece.codePointAt(0) ?? 0) };
    }
    case 'detokenize':
      return { kind: 'detokenize', text: textOfTokens(task.tokens, 'tokens') };
    case 'score': {
      const pieces = [...promptText(task.input)];
      const logprobs = pieces.flatMap((piece) => describeTokens(piece, task.top).logprobs ?? []);
      return {
        kind: 'score',
        logprobs: logprobs.map((entry, index) => (index === 0 ? { ...entry, logprob: null, top: [] } : entry)),
        promptTokens: sizeOf([pieces.join('')]),
      };
    }
  }
};

type Input = string | readonly number[];

const textOf = (input: Input, field: string): string =>
  typeof input === 'string' ? input : textOfTokens(input, field);

const sizeOf = (inputs: readonly Input[]): number =>
  inputs.reduce((sum, input) => sum + estimateTokens(input.length), 0);

const promptText = (input: Parameters<typeof estimatePromptTokens>[0]): string => {
  if (input.kind === 'text') return input.prompt;
  if (input.kind === 'tokens') return textOfTokens(input.tokens, 'prompt');
  return input.messages.map(({ content }) => content).join('\n');
};

const sharedWords = (query: string, document: string): number => {
  const wanted = new Set(query.toLowerCase().split(/\W+/u));
  const found = new Set(document.toLowerCase().split(/\W+/u));
  const shared = [...wanted].filter((word) => found.has(word));
  return wanted.size === 0 ? 0 : shared.length / wanted.size;
};
