import type { ErrorCode } from '../../../core/errors/codes.ts';
import type {
  FinishReason,
  GenerationRequest,
  Priority,
  Timings,
  TokenLogprob,
  ToolCall,
  Usage,
} from '../../engine/protocol/generation.ts';

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobState = (typeof JOB_STATES)[number];
export type FinalState = Exclude<JobState, 'queued' | 'running'>;

/** What is generated, as it was accepted: defaults applied, model or scenario still by name. A job has one answer. */
export interface JobPayload {
  readonly request: GenerationRequest;
  readonly model?: string;
  readonly scenario?: string;
  /** The only models its caller might use when it was accepted; a scenario chooses only when it runs. */
  readonly allowed?: readonly string[];
  /** What was taken out of the request and is restored in the answer, sealed; absent: nothing. */
  readonly sealed?: string;
}

export interface JobResult {
  readonly text: string;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly logprobs?: readonly TokenLogprob[];
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** How a job ended. */
export type Ending =
  | { readonly state: 'succeeded'; readonly result: JobResult }
  | { readonly state: 'failed' | 'expired'; readonly error: JobFailure }
  | { readonly state: 'cancelled' };

/** A job as the store keeps it. Times are epoch milliseconds. */
export interface JobRecord {
  readonly id: string;
  readonly tenant: string;
  readonly keyId: string;
  readonly requestId: string;
  readonly requestHash: string;
  readonly state: JobState;
  readonly priority: Priority;
  readonly payload: JobPayload;
  readonly callbackUrl: string | undefined;
  readonly createdAt: number;
  readonly deadlineAt: number | undefined;
  /** Of the run under way or the last one. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Runs that ended with an answer or an engine failure; waiting and our own restarts are not attempts. */
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly result: JobResult | undefined;
  readonly error: JobFailure | undefined;
}

/** A job as its owner sees it, in answers, events and webhooks alike; absent fields do not apply yet. */
export interface Job {
  readonly id: string;
  readonly state: JobState;
  readonly priority: Priority;
  readonly model?: string;
  readonly scenario?: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly deadlineAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly cancelRequested: boolean;
  readonly result?: JobResult;
  readonly error?: JobFailure;
}

/**
 * Progress of one job. `text` continues where the last one ended; after another `state` the text begins anew.
 * States that pass quickly may be skipped; `done` comes once and last.
 */
export type JobEvent =
  | { readonly type: 'state'; readonly state: JobState; readonly at: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'done'; readonly job: Job };

/** True for a state that no job ever leaves. */
export const isFinal = (state: JobState): state is FinalState => state !== 'queued' && state !== 'running';

/** Leaves out what belongs to the service: tenant, key, payload. */
export const viewOf = ({ payload, ...record }: JobRecord): Job => ({
  id: record.id,
  state: record.state,
  priority: record.priority,
  ...(payload.model === undefined ? {} : { model: payload.model }),
  ...(payload.scenario === undefined ? {} : { scenario: payload.scenario }),
  attempts: record.attempts,
  createdAt: isoTime(record.createdAt),
  ...(record.deadlineAt === undefined ? {} : { deadlineAt: isoTime(record.deadlineAt) }),
  ...(record.startedAt === undefined ? {} : { startedAt: isoTime(record.startedAt) }),
  ...(record.finishedAt === undefined ? {} : { finishedAt: isoTime(record.finishedAt) }),
  cancelRequested: record.cancelRequested,
  ...(record.result === undefined ? {} : { result: record.result }),
  ...(record.error === undefined ? {} : { error: record.error }),
});

/** When the job came into the state it is in. */
export const stateSince = (record: JobRecord): number =>
  record.finishedAt ?? (record.state === 'running' ? record.startedAt : undefined) ?? record.createdAt;

/** The one time format of the API. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();
