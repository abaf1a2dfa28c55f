import type { WayOut } from '../../core/egress/way-out.ts';
import type { ServiceError } from '../../core/errors/service-error.ts';
import type { Plugin, Started } from '../../core/plugins/plugin.ts';
import type { FinishReason, GenerationRequest, Task, TaskResult, TokenDetails, Usage } from './protocol/generation.ts';
import type { EngineSpec, EngineStats, LoadedModel } from './protocol/messages.ts';

/**
 * Where an engine reports one generation: `accepted`, `started`, any number of `tokens`, then `finished` or `failed`.
 * Whatever comes after the end, or after a cancel, is ignored. Usage and timings are counted here, once for all engines.
 */
export interface GenerationSink {
  /** The prompt fits; called before the wait for a slot. `null`: only a remote upstream can count. */
  accepted(promptTokens: number | null): void;
  /** The wait for a slot is over: the prompt is worked on now. */
  started(cachedTokens?: number): void;
  /** A step is done that it had a part in, with so many requests in all; called before the tokens of that step. */
  stepped?(requests: number): void;
  /** Set aside: it waits for room again. */
  paused?(): void;
  /**
   * Whole characters behind `count` tokens; `guesses` is what was guessed ahead so far. False: a stop string was reached;
   * free the slot and call no more.
   */
  tokens(text: string, count: number, details?: TokenDetails, guesses?: GuessCounts): boolean;
  /** `usage` replaces what was counted, for upstreams that count themselves. */
  finished(reason: FinishReason, usage?: Partial<Usage>): void;
  failed(error: ServiceError): void;
}

/** Tokens guessed ahead that proved right, and wrong. */
export interface GuessCounts {
  readonly accepted: number;
  readonly rejected: number;
}

/** Guesses as the usage tells them: not at all where there were none. */
export const usageOfGuesses = ({ accepted, rejected }: GuessCounts): Partial<Usage> =>
  accepted + rejected === 0 ? {} : { acceptedTokens: accepted, rejectedTokens: rejected };

/** One loaded model; everything that differs between engine plugins is behind this. */
export interface Engine extends Started {
  readonly info: LoadedModel;
  /** Never throws: what goes wrong is reported to the sink. */
  generate(id: number, request: GenerationRequest, sink: GenerationSink): void;
  /** Frees the slot, or the place in the queue, within one token; unknown ids are ignored. */
  cancel(id: number): void;
  /** Work that is no generation; rejects with ERR_MODELS_CAPABILITY for a kind it cannot do. */
  compute?(task: Task, signal: AbortSignal): Promise<TaskResult>;
  /** Applies settings while running; throws a ServiceError and keeps the old ones when they are wrong. */
  configure(change: EngineChange): void;
  stats(): Omit<EngineStats, 'rssBytes'>;
}

export interface EngineChange {
  readonly threads?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What the host hands a plugin; it uses nothing else. */
export interface EngineContext {
  readonly spec: Omit<EngineSpec, 'options' | 'version' | 'egress'>;
  /** The only way to another machine; any other connection of this process is refused. */
  readonly egress: Pick<WayOut, 'open'>;
  /** Share of the load that is done, 0 to 1. */
  readonly loading: (ratio: number) => void;
  /** The decode loop went round once: advances the heartbeat and sends what this step produced. At least once a second while there is work. */
  readonly turn: () => void;
  /** Diagnostics for people, one line each; never a prompt or a completion. */
  readonly log: (line: string) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Aborts when the process is told to stop, also while loading. */
  readonly signal: AbortSignal;
}

export type EnginePlugin<Options> = Plugin<Options, EngineContext, Engine>;

/** The id of the generation by which the host proves that a model can decode; wire ids are never negative. */
export const PROBE_ID = -1;
