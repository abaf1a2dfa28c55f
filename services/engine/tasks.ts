import { ServiceError } from '../../core/errors/service-error.ts';
import type { ResultOf, Task } from './protocol/generation.ts';

const NAMES = {
  embed: 'makes no embeddings',
  rerank: 'does not rank documents',
  tokenize: 'does not tell its tokens',
  detokenize: 'does not tell its tokens',
  score: 'does not tell how likely a prompt is',
} as const satisfies Record<Task['kind'], string>;

/** The refusal of a task that an engine or its model cannot do. */
export const cannotDo = (kind: Task['kind']): ServiceError =>
  new ServiceError('ERR_MODELS_CAPABILITY', `this model ${NAMES[kind]}; choose one that does`);

/** The inputs of an engine that reads texts only. */
export const textsOf = (inputs: readonly (string | readonly number[])[]): readonly string[] =>
  inputs.map((input, index) => {
    if (typeof input === 'string') return input;
    throw new ServiceError('ERR_MODELS_CAPABILITY', `input[${index}]: expected a text with this engine, got token ids`);
  });

/** Embeddings as an embedder gives them. */
export type EmbeddingVectors = Omit<ResultOf<'embed'>, 'kind'>;
