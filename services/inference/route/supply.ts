import type { ModelConfig } from '../../../core/config/schema.ts';

/** Progress of a fetch, ready to be shown. */
export interface FetchProgress {
  /** 0 to 1; absent when it cannot be known. */
  readonly ratio?: number;
  readonly detail?: string;
}

/** How large the engine's memory of a model is to be. */
export interface EnginePlan {
  readonly context: number | 'auto';
  readonly kvTokens: number | 'auto';
}

export type Fit = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Everything a pool must know about model files, handed in by whoever assembles the stages. */
export interface ModelSupply<Facts> {
  /** Brings the files of a model to this machine; an engine without files resolves with none. */
  fetch(
    model: ModelConfig,
    options: { readonly onProgress: (progress: FetchProgress) => void; readonly signal: AbortSignal },
  ): Promise<{ readonly files: readonly string[] }>;
  readFacts(model: ModelConfig, files: readonly string[]): Promise<Facts>;
  /** Throws ERR_ROUTE_NO_MEMORY when not even one replica fits. */
  plan(model: ModelConfig, facts: Facts): EnginePlan | Promise<EnginePlan>;
  /** Do `wanted` replicas fit where `running` of them run already? */
  fits(
    model: ModelConfig,
    facts: Facts,
    replicas: { readonly running: number; readonly wanted: number },
  ): Fit | Promise<Fit>;
}

/** A model whose files are here and understood. */
export interface Prepared<Facts> {
  readonly files: readonly string[];
  readonly facts: Facts;
  readonly plan: EnginePlan;
}

/** Fetches a model, reads what it is and plans its memory. */
export const prepareModel = async <Facts>(
  supply: ModelSupply<Facts>,
  model: ModelConfig,
  options: { readonly onProgress: (progress: FetchProgress) => void; readonly signal: AbortSignal },
): Promise<Prepared<Facts>> => {
  const { files } = await supply.fetch(model, options);
  options.signal.throwIfAborted();
  const facts = await supply.readFacts(model, files);
  const plan = await supply.plan(model, facts);
  options.signal.throwIfAborted();
  return { files, facts, plan };
};
