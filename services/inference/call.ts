import type { FinishReason, GenerationRequest, Timings, Usage } from '../engine/protocol/generation.ts';

export const SCOPES = ['inference', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Who asks: the verified credential and the address it came from. */
export interface Caller {
  /** Stable and printable: `key:<id>` for an API key, `jwt:<subject>` for a token. Never a secret. */
  readonly keyId: string;
  /** What jobs, caches and limits are kept apart by. */
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The client address after trusted proxies, normalised (no IPv4-mapped IPv6). */
  readonly address: string;
}

/** One inference on its way along the request arrow. */
export interface Call {
  readonly requestId: string;
  readonly caller: Caller;
  /** Model id as asked; `undefined`: by scenario, else the default model. */
  readonly model: string | undefined;
  readonly scenario: string | undefined;
  readonly priority: Priority;
  /** Epoch milliseconds after which the answer is worthless; `undefined`: the service's default applies. */
  readonly deadlineAt: number | undefined;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

export interface GenerationCall extends Call {
  readonly request: GenerationRequest;
}

export interface EmbeddingCall extends Call {
  readonly inputs: readonly string[];
}

/** What a generation yields: `accepted` once and first, `text` any number of times, `finished` once and last. */
export type GenerationEvent =
  /** `promptTokens` is null until the end where only a remote upstream can count. */
  | { readonly type: 'accepted'; readonly model: string; readonly promptTokens: number | null }
  | { readonly type: 'text'; readonly text: string; readonly tokens: number }
  | { readonly type: 'finished'; readonly reason: FinishReason; readonly usage: Usage; readonly timings: Timings };

export interface Embeddings {
  readonly model: string;
  readonly vectors: readonly (readonly number[])[];
  readonly promptTokens: number;
}
