import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Vocabulary } from '../ffi/vocabulary.ts';
import { rankByLikeness } from '../likeness.ts';
import type { GenerationInput, ResultOf, Task, TaskResult } from '../protocol/generation.ts';
import { cannotDo } from '../tasks.ts';
import { checkTokens } from '../token-ids.ts';
import type { Embedder } from './embeddings.ts';
import type { ScorePrompt } from './score.ts';

export interface ComputeOptions {
  readonly vocabulary: Vocabulary;
  readonly embedder: Embedder;
  readonly score: ScorePrompt;
  readonly readPrompt: (input: GenerationInput) => Promise<readonly number[]>;
  /** The model judges pairs of texts; it has no embeddings then. */
  readonly isClassifier: boolean;
  /** The form in which such a model was taught to read a query and a document, where its file tells. */
  readonly rerankTemplate: string | undefined;
}

const REPLACING = new TextDecoder('utf-8', { ignoreBOM: true });

/** Does what one model can do beside writing. */
export const createCompute = (options: ComputeOptions): ((task: Task, signal: AbortSignal) => Promise<TaskResult>) => {
  const { vocabulary, embedder, score, readPrompt, isClassifier } = options;
  return async (task, signal) => {
    switch (task.kind) {
      case 'embed':
        if (isClassifier) throw cannotDo('embed');
        return { kind: 'embed', ...(await embedder.embed(task.inputs, signal)) };
      case 'rerank':
        return isClassifier ? classify(options, task, signal) : rankByLikeness(embedder.embed, task, signal);
      case 'tokenize': {
        const tokens = await readPrompt(task.input);
        return { kind: 'tokenize', tokens, pieces: await piecesOf(vocabulary, tokens) };
      }
      case 'detokenize':
        checkTokens(task.tokens, 'tokens', vocabulary.size);
        return { kind: 'detokenize', text: REPLACING.decode(Buffer.concat(task.tokens.map(vocabulary.name))) };
      case 'score': {
        const prompt = await readPrompt(task.input);
        return { kind: 'score', logprobs: await score(prompt, task.top, signal), promptTokens: prompt.length };
      }
    }
  };
};

/** Tokens named at a time; in between everybody else has their turn. */
const NAMED_AT_ONCE = 4096;

const piecesOf = async (vocabulary: Vocabulary, tokens: readonly number[]): Promise<readonly string[]> => {
  const pieces: string[] = [];
  for (const token of tokens) {
    if (pieces.length % NAMED_AT_ONCE === NAMED_AT_ONCE - 1) await nextTurn();
    pieces.push(REPLACING.decode(vocabulary.name(token)));
  }
  return pieces;
};

type Rerank = Task & { readonly kind: 'rerank' };

const classify = async (
  { vocabulary, embedder, rerankTemplate }: ComputeOptions,
  { query, documents }: Rerank,
  signal: AbortSignal,
): Promise<ResultOf<'rerank'>> => {
  const prompts = documents.map((document) => pairOf(vocabulary, rerankTemplate, query, document));
  const scores = await embedder.classify(prompts, signal);
  const promptTokens = prompts.reduce((sum, { length }) => sum + length, 0);
  return { kind: 'rerank', scores, method: 'classifier', promptTokens };
};

/** A query and a document as one text with the marks of the vocabulary between them, or as the template has it. */
const pairOf = (
  vocabulary: Vocabulary,
  template: string | undefined,
  query: string,
  document: string,
): readonly number[] => {
  if (template !== undefined) return fillTemplate(vocabulary, template, { query, document });
  const { first, middle, last } = vocabulary.pairMarks;
  return [...first, ...vocabulary.tokenize(query, false), ...middle, ...vocabulary.tokenize(document, false), ...last];
};

/** Only the template itself may hold control tokens; what a caller writes is text. */
const fillTemplate = (
  vocabulary: Vocabulary,
  template: string,
  texts: { readonly query: string; readonly document: string },
): readonly number[] =>
  template.split(/(\{query\}|\{document\})/).flatMap((part) => {
    if (part === '{query}') return vocabulary.tokenize(texts.query, false);
    if (part === '{document}') return vocabulary.tokenize(texts.document, false);
    return vocabulary.tokenize(part, true);
  });
