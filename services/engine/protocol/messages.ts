import type { EgressNote } from '../../../core/egress/ledger.ts';
import type { EgressRow } from '../../../core/egress/policy.ts';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import type {
  EnginePhase,
  FinishReason,
  GenerationRequest,
  Task,
  TaskResult,
  Timings,
  TokenDetails,
  Usage,
} from './generation.ts';

/** Both sides refuse to talk across versions. Raise it with every incompatible change. */
export const PROTOCOL_VERSION = 3;

/** What an engine process is told once, before anything else. */
export interface EngineSpec {
  readonly version: typeof PROTOCOL_VERSION;
  /** An id from the engine registry, or the module name of a third-party plugin. */
  readonly plugin: string;
  readonly modelId: string;
  /** Local GGUF files, the first part first; empty for engines without files. */
  readonly files: readonly string[];
  /** Sequences at once. */
  readonly slots: number;
  readonly context: number | 'auto';
  readonly kvTokens: number | 'auto';
  /** CPU threads this replica may use. */
  readonly threads: number;
  readonly gpuLayers: 'auto' | 'all' | number;
  readonly device: 'auto' | 'cpu' | readonly string[];
  /** Values of one attention head, where the file tells: an engine may choose its code by it. */
  readonly headLength?: number;
  /** How one model is split over several devices. */
  readonly split?: 'layer' | 'row' | 'none';
  /** Local GGUF files of LoRA adapters by the id requests name them by. */
  readonly adapters?: readonly { readonly id: string; readonly file: string }[];
  /** The plugin's own options, parsed by the plugin. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What may leave the machine from this process; absent: nothing. */
  readonly egress?: readonly EgressRow[];
}

/** Gateway to engine. `id` names one piece of work and is unique within the life of the process. */
export type EngineCommand =
  | { readonly type: 'start'; readonly spec: EngineSpec }
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerationRequest }
  | { readonly type: 'compute'; readonly id: number; readonly task: Task }
  /** Frees the slot within one token; answered with nothing. */
  | { readonly type: 'cancel'; readonly id: number }
  /** New values of the hot-reloadable settings. */
  | {
      readonly type: 'configure';
      readonly threads?: number;
      readonly options?: Readonly<Record<string, unknown>>;
      readonly egress?: readonly EgressRow[];
    }
  /** Writes down where the process spends its CPU time; answered with `profiled` or `failed`. */
  | { readonly type: 'profile'; readonly id: number; readonly seconds: number; readonly file: string }
  /** Finish what runs, then exit; `now` gives up at once. */
  | { readonly type: 'stop'; readonly now: boolean };

/** What a loaded model turned out to be. */
export interface LoadedModel {
  readonly plugin: string;
  /** Longest single request in tokens; `null` where only a remote upstream knows. */
  readonly context: number | null;
  readonly slots: number;
  readonly threads: number;
  readonly embeds: boolean;
  /** Why a slower engine runs instead of the one asked for; absent: it does not. */
  readonly fallBackReason?: string;
  /** Bytes of the parts as the engine's library reports them; absent where it does not. */
  readonly memory?: { readonly weightsBytes: number; readonly kvBytes: number; readonly computeBytes: number };
  /** Where the weights are: `cpu`, a GPU back-end name, or `remote`. */
  readonly device: string;
}

export interface EngineStats {
  readonly slotsUsed: number;
  readonly slotsLimit: number;
  /** Accepted and waiting for a slot inside the engine. */
  readonly waiting: number;
  /** Cells of the KV pool in use, 0 to 1; absent where the engine has no such pool. */
  readonly kvUsage?: number;
  /** What the steps since the last report did; absent where the engine has no steps of its own. */
  readonly steps?: StepStats;
  readonly rssBytes: number;
}

/** Sums over the steps since the last report. */
export interface StepStats {
  readonly count: number;
  /** Sequences and tokens of each step, and its time: one entry a step, at most the last 256. */
  readonly sequences: readonly number[];
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly prefillTokens: number;
  readonly decodeTokens: number;
  /** Prompt tokens found in the prefix cache, and those computed. */
  readonly cachedTokens: number;
  readonly missedTokens: number;
  readonly preemptions: number;
  readonly acceptedTokens: number;
  readonly rejectedTokens: number;
}

export type EngineEvent =
  | { readonly type: 'loading'; readonly ratio: number }
  | { readonly type: 'ready'; readonly model: LoadedModel; readonly loadMs: number }
  /** The request was tokenised and fits; sent before it waits for a slot. `null`: only the upstream can count. */
  | { readonly type: 'accepted'; readonly id: number; readonly promptTokens: number | null }
  /** Whole characters only; `tokens` counts the tokens behind it and may come with an empty text. */
  | {
      readonly type: 'tokens';
      readonly id: number;
      readonly text: string;
      readonly tokens: number;
      readonly details?: TokenDetails;
    }
  | {
      readonly type: 'finished';
      readonly id: number;
      readonly reason: FinishReason;
      readonly usage: Usage;
      readonly timings: Timings;
      /** Requests in the widest step it had a part in; absent where the engine does not tell steps apart. */
      readonly batch?: number;
      /** The timings in order and in parts: what was set aside waits, reads and writes again. Only of a traced request. */
      readonly phases?: readonly EnginePhase[];
    }
  | { readonly type: 'computed'; readonly id: number; readonly result: TaskResult }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
      /** When the same request may succeed, where an upstream said so. */
      readonly retryAfterSeconds?: number;
    }
  /** `beats` advances only when the decode loop turns; `active` counts sequences being decoded. */
  | { readonly type: 'heartbeat'; readonly beats: number; readonly active: number }
  | { readonly type: 'stats'; readonly stats: EngineStats }
  | { readonly type: 'profiled'; readonly id: number }
  /** Something left this process for another machine, or was not let. */
  | { readonly type: 'egress'; readonly note: EgressNote }
  /** The engine cannot go on; the process exits after it. */
  | {
      readonly type: 'fatal';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };

/** Engine to gateway: at most one message per decode step, whatever the number of sequences. */
export interface EngineMessage {
  readonly version: typeof PROTOCOL_VERSION;
  readonly events: readonly EngineEvent[];
}
