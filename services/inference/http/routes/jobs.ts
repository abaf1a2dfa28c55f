import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { GenerationRequest, Priority } from '../../../engine/protocol/generation.ts';
import type { Caller } from '../../call.ts';
import { sseEvent } from '../../respond/sse.ts';
import type { StreamEncoder } from '../../respond/stream-writer.ts';
import { errorBody } from '../errors.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { type StreamDeps, streamResponse } from './generation.ts';
import { json } from './json.ts';
import { JOB_ERRORS } from './operation-errors.ts';
import {
  type JobEventView,
  type JobQueryBody,
  type JobView,
  job,
  jobEvent,
  jobList,
  jobParams,
  jobQuery,
} from './schemas-jobs.ts';

export interface JobSubmission {
  readonly caller: Caller;
  readonly requestId: string;
  readonly priority: Priority;
  readonly payload: {
    readonly request: GenerationRequest;
    readonly model?: string;
    readonly scenario?: string;
    readonly allowed?: readonly string[];
  };
  readonly idempotencyKey?: string;
  /** Epoch milliseconds. */
  readonly deadlineAt?: number;
  readonly callbackUrl?: string;
  /** What the idempotency key stands for. */
  readonly body: unknown;
}

export interface JobQuery {
  readonly tenant: string;
  readonly limit: number;
  readonly state?: JobView['state'];
  /** Id of a job; older ones are listed. */
  readonly before?: string;
}

/** What the routes ask of the `jobs` stage; that folder keeps the promise. */
export interface JobsPort {
  /** Durable when it returns. */
  submit(submission: JobSubmission): JobViewOut;
  get(tenant: string, id: string): JobViewOut | undefined;
  /** Newest first. */
  list(query: JobQuery): readonly JobViewOut[];
  cancel(tenant: string, id: string): JobViewOut | undefined;
  /** Throws ERR_JOBS_NOT_FOUND at once. */
  events(tenant: string, id: string, signal: AbortSignal): AsyncIterable<JobEventViewOut>;
}

type Deep<T> = T extends readonly (infer E)[]
  ? readonly Deep<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Deep<T[K]> }
    : T;

/** The documented shapes, as values that nobody writes to. */
export type JobViewOut = Deep<JobView>;
export type JobEventViewOut = Deep<JobEventView>;

export interface JobsDeps extends StreamDeps {
  readonly jobs: Pick<JobsPort, 'get' | 'list' | 'cancel' | 'events'>;
}

const NOT_FOUND = 'Jobs of other tenants and jobs past their retention answer 404.';

/** `GET /api/v1/jobs`, `GET` and `DELETE /api/v1/jobs/{id}`, `GET /api/v1/jobs/{id}/events`. */
export const jobOperations = ({ jobs, ...stream }: JobsDeps): Operation[] => [
  defineOperation({
    id: 'listJobs',
    method: 'get',
    path: '/api/v1/jobs',
    tag: 'Jobs',
    summary: "The caller's jobs, newest first",
    access: 'inference',
    dialect: 'native',
    query: jobQuery,
    errors: ['ERR_JOBS_STORE'],
    answers: { 200: { description: 'One page.', content: { 'application/json': jobList } } },
    handle: ({ caller, query }) => json(pageOf(jobs, caller.tenant, query)),
  }),
  defineOperation({
    id: 'getJob',
    method: 'get',
    path: '/api/v1/jobs/{id}',
    tag: 'Jobs',
    summary: 'State and result of a job',
    description: NOT_FOUND,
    access: 'inference',
    dialect: 'native',
    params: jobParams,
    errors: JOB_ERRORS,
    answers: { 200: { description: 'The job.', content: { 'application/json': job } } },
    handle: ({ caller, params }) => json(found(jobs.get(caller.tenant, params.id))),
  }),
  defineOperation({
    id: 'cancelJob',
    method: 'delete',
    path: '/api/v1/jobs/{id}',
    tag: 'Jobs',
    summary: 'Cancel a job',
    description: `A running job frees its slot within one token; a finished one stays as it is. ${NOT_FOUND}`,
    access: 'inference',
    dialect: 'native',
    params: jobParams,
    errors: JOB_ERRORS,
    answers: { 200: { description: 'The job as it is now.', content: { 'application/json': job } } },
    handle: ({ caller, params }) => json(found(jobs.cancel(caller.tenant, params.id))),
  }),
  defineOperation({
    id: 'watchJob',
    method: 'get',
    path: '/api/v1/jobs/{id}/events',
    tag: 'Jobs',
    summary: 'Follow a job',
    description: `Events \`state\`, \`text\` and, last, \`done\`. ${NOT_FOUND}`,
    access: 'inference',
    dialect: 'native',
    params: jobParams,
    errors: JOB_ERRORS,
    answers: { 200: { description: 'The events of the job.', content: { 'text/event-stream': jobEvent } } },
    handle(request) {
      const events = jobs.events(request.caller.tenant, request.params.id, request.signal);
      return streamResponse(request, stream, events, encoderOf(request.requestId));
    },
  }),
];

// One more than asked for says whether there is another page.
const pageOf = (jobs: Pick<JobsPort, 'list'>, tenant: string, { limit, state, before }: JobQueryBody) => {
  const query = { tenant, limit: limit + 1, ...(state === undefined ? {} : { state }) };
  const list = jobs.list(before === undefined ? query : { ...query, before });
  const page = list.slice(0, limit);
  const last = page.at(-1);
  return { jobs: page, next: list.length > limit && last !== undefined ? last.id : null };
};

const found = (view: JobViewOut | undefined): JobViewOut => {
  if (view !== undefined) return view;
  throw new ServiceError('ERR_JOBS_NOT_FOUND', 'id: expected a job of this caller, got an id of none; check the id');
};

const encoderOf = (requestId: string): StreamEncoder<JobEventViewOut> => ({
  encode: (event) => sseEvent(event.type, JSON.stringify(event)),
  merge: (earlier, later) =>
    earlier.type === 'text' && later.type === 'text' ? { type: 'text', text: earlier.text + later.text } : undefined,
  fail: (error) => sseEvent('error', JSON.stringify(errorBody(error, 'native', requestId))),
});
