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
  /** Instead of the configured ones, where `fit: auto` made the model smaller. */
  readonly slots?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  /** What `fit: auto` changed, in words. */
  readonly adjustment?: string;
  /** Values of one attention head, where the file tells. */
  readonly headLength?: number;
  /** Memory of one replica; absent where it cannot be known. */
  readonly needBytes?: number;
  /** Of it for prefixes kept outside of the key-value memory: a share of what is free, so that less will do. */
  readonly cacheBytes?: number;
}

/** The plan with that much less for kept prefixes, as far as there is any. */
export const withSmallerCache = (plan: EnginePlan, excessBytes: number): EnginePlan => {
  const { cacheBytes = 0, needBytes } = plan;
  const less = Math.min(cacheBytes, Math.max(0, excessBytes));
  return less === 0 || needBytes === undefined
    ? plan
    : { ...plan, cacheBytes: cacheBytes - less, needBytes: needBytes - less };
};

export type Fit = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Memory that looks free and is not: what models that are loading now will still take. */
export interface Reserved {
  readonly bytes: number;
}

/** Everything a pool must know about model files, handed in by whoever assembles the stages. */
export interface ModelSupply<Facts> {
  /** Brings the files of a model to this machine; an engine without files resolves with none. */
  fetch(
    model: ModelConfig,
    options: { readonly onProgress: (progress: FetchProgress) => void; readonly signal: AbortSignal },
  ): Promise<{ readonly files: readonly string[] }>;
  readFacts(model: ModelConfig, files: readonly string[]): Promise<Facts>;
  /** Throws ERR_ROUTE_NO_MEMORY when not even one replica fits beside what is `reserved`. */
  plan(model: ModelConfig, facts: Facts, reserved?: Reserved): EnginePlan | Promise<EnginePlan>;
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
