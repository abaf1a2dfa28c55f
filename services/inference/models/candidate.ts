import type { ModelConfig } from '../../../core/config/schema.ts';
import type { ModelFacts } from './facts.ts';

/** What the engine pool reports of a model. */
export type CandidateState = 'absent' | 'fetching' | 'loading' | 'ready' | 'failed' | 'stopped';

/** A configured model as scenario choice sees it. What is not known is absent, never zero. */
export interface Candidate {
  readonly facts: ModelFacts;
  readonly state: CandidateState;
  /** Median time to the first token, measured on this machine. */
  readonly firstTokenMs?: number;
  /** Tokens of context it was loaded with. */
  readonly context?: number;
  /** Whether a replica fits into the memory that is free now; says nothing about one that is loaded. */
  readonly fitsMemory?: boolean;
  /** Why the request may not go to it: it runs on another machine. */
  readonly egressRefusal?: string;
}

/** What the engine pool knows of one model, as far as it is needed here. */
export interface ModelStatusLike {
  readonly id: string;
  readonly state: CandidateState;
  readonly facts?: ModelFacts | undefined;
  readonly loaded?: { readonly context: number | null } | undefined;
  readonly firstTokenMsP50?: number | undefined;
  readonly fitsMemory?: boolean | undefined;
}

/** One candidate per configured model, in the order of the configuration. */
export const toCandidates = (
  models: readonly ModelConfig[],
  statuses: readonly ModelStatusLike[],
  egressRefusal: (model: ModelConfig) => string | undefined = () => undefined,
): readonly Candidate[] => {
  const byId = new Map(statuses.map((status) => [status.id, status]));
  return models.map((model) => {
    const refusal = egressRefusal(model);
    return { ...toCandidate(model, byId.get(model.id)), ...(refusal === undefined ? {} : { egressRefusal: refusal }) };
  });
};

const toCandidate = (model: ModelConfig, status: ModelStatusLike | undefined): Candidate => ({
  facts: status?.facts ?? factsFromConfig(model),
  state: status?.state ?? 'absent',
  ...(status?.firstTokenMsP50 === undefined ? {} : { firstTokenMs: status.firstTokenMsP50 }),
  ...(status?.loaded?.context == null ? {} : { context: status.loaded.context }),
  ...(status?.fitsMemory === undefined ? {} : { fitsMemory: status.fitsMemory }),
});

const factsFromConfig = ({ id, engine, tags, parameters, bitsPerWeight }: ModelConfig): ModelFacts => ({
  id,
  engine,
  tags,
  files: [],
  ...(parameters === undefined ? {} : { parameters }),
  ...(bitsPerWeight === undefined ? {} : { bitsPerWeight }),
});
