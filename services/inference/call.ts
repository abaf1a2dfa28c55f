import type { RequestTrace } from '../../core/telemetry/trace/request-trace.ts';
import type {
  EnginePhase,
  FinishReason,
  GenerationRequest,
  Priority,
  ResultOf,
  Task,
  Timings,
  TokenLogprob,
  ToolCallDelta,
  Usage,
} from '../engine/protocol/generation.ts';

/** What a credential may do. `audit` reads the audit trail: whoever administers is watched by somebody else, so no scope holds another. */
export const SCOPES = ['inference', 'metrics', 'admin', 'audit'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks: the verified credential and the address it came from. */
export interface Caller {
  /** Stable and printable: `key:<id>` for an API key, `jwt:<subject>` for a token. Never a secret. */
  readonly keyId: string;
  /** What jobs, caches and limits are kept apart by. */
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The only models the caller may know of; absent: all. */
  readonly models?: ReadonlySet<string>;
  /** Name of the redaction policy of the credential; absent: the usual one. */
  readonly policy?: string;
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
  /** Where its time goes; absent: nobody asked. */
  readonly trace?: RequestTrace | undefined;
  /** It was redacted when it was accepted: its pseudonyms stay in the answer, for whoever hands it out to restore. */
  readonly isRedacted?: true;
}

export interface GenerationCall extends Call {
  readonly request: GenerationRequest;
  /** Answers wanted to the same prompt; absent: one. */
  readonly choices?: number;
}

export interface TaskCall<Kind extends Task['kind'] = Task['kind']> extends Call {
  readonly task: Task & { readonly kind: Kind };
}

/** Part of a generation with several choices: which of them; absent: the first. */
interface OfChoice {
  readonly choice?: number;
}

/** Why an answer is not that of the model asked for; its age in milliseconds. */
export type Degraded =
  | { readonly by: 'model'; readonly insteadOf: string }
  | { readonly by: 'cache'; readonly ageMs: number };

/**
 * What a generation yields: `accepted` once and first, pieces any number of times, with several choices `ended` once for
 * each, `finished` once and last. `tokens` counts the tokens behind a piece.
 */
export type GenerationEvent =
  /** `promptTokens` is null until the end where only a remote upstream can count. */
  | {
      readonly type: 'accepted';
      readonly model: string;
      readonly promptTokens: number | null;
      /** How the answer relates to the response cache; absent: it was not asked. */
      readonly cache?: 'hit' | 'miss' | 'shared';
      /** The model asked for could not answer; absent: this is its answer. */
      readonly degraded?: Degraded;
    }
  | (OfChoice & {
      readonly type: 'text';
      readonly text: string;
      readonly tokens: number;
      readonly logprobs?: readonly TokenLogprob[];
    })
  | (OfChoice & { readonly type: 'reasoning'; readonly text: string; readonly tokens: number })
  | (OfChoice & { readonly type: 'toolCalls'; readonly calls: readonly ToolCallDelta[]; readonly tokens: number })
  | { readonly type: 'ended'; readonly choice: number; readonly reason: FinishReason }
  /** `reason` is that of the first choice; `usage` counts all of them. */
  | {
      readonly type: 'finished';
      readonly reason: FinishReason;
      readonly usage: Usage;
      readonly timings: Timings;
      /** Requests in the widest step it had a part in; absent where nothing was computed, or nobody knows. */
      readonly batch?: number;
      /** What the engine spent its time on; absent where nothing was computed, or nobody traced it. */
      readonly phases?: readonly EnginePhase[];
      /** Private data found in the request and the answer; absent: none. */
      readonly redactions?: number;
    };

/** The result of a task and the model that computed it. */
export type Computed<Kind extends Task['kind'] = Task['kind']> = ResultOf<Kind> & {
  readonly model: string;
  /** Private data found; absent: none. */
  readonly redactions?: number;
};
