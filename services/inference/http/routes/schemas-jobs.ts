import { z } from 'zod';
import { pathText } from '../path-text.ts';
import { count, described, finishedUsage, finishReason, isoTime, milliseconds, priority } from './schemas.ts';
import { nativeLogprobs } from './schemas-inference-answers.ts';
import { nativeToolCalls } from './schemas-tools.ts';

export const jobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired']);

const jobResult = z
  .strictObject({
    text: z.string(),
    reasoning: described(z.string().optional(), 'What the model thought before it answered.'),
    toolCalls: described(nativeToolCalls.optional(), 'What the model calls.'),
    logprobs: nativeLogprobs.optional(),
    model: z.string(),
    finishReason,
    usage: z.strictObject(finishedUsage),
    timings: z.strictObject({ queueMs: milliseconds, prefillMs: milliseconds, decodeMs: milliseconds }),
  })
  .meta({ id: 'JobResult' });

const jobFailure = z
  .strictObject({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: 'JobFailure' });

export const job = z
  .strictObject({
    id: z.string(),
    state: jobState,
    priority,
    model: described(z.string().optional(), 'As asked for.'),
    scenario: described(z.string().optional(), 'As asked for.'),
    attempts: described(count, 'Runs that ended with an answer or a failure of the engine.'),
    createdAt: isoTime,
    deadlineAt: isoTime.optional(),
    startedAt: isoTime.optional(),
    finishedAt: isoTime.optional(),
    cancelRequested: z.boolean(),
    result: jobResult.optional(),
    error: jobFailure.optional(),
  })
  .meta({ id: 'Job', description: 'One asynchronous request; fields that do not apply yet are absent.' });

export type JobView = z.output<typeof job>;

/** One `data` object of the event stream; the name of its event is its `type`. */
export const jobEvent = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('state'), state: jobState, at: isoTime }),
    z.strictObject({ type: z.literal('text'), text: z.string() }),
    z.strictObject({ type: z.literal('done'), job }),
  ])
  .meta({
    id: 'JobEvent',
    description:
      'The `data` of one server-sent event, named after its `type`. After another `state` the text begins anew.',
  });

export type JobEventView = z.output<typeof jobEvent>;

const ID_CHARACTERS = 64;

export const jobParams = z.strictObject({
  id: pathText(ID_CHARACTERS, 'Id of the job, as in `location`.'),
});

const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;

export const jobQuery = z.strictObject({
  limit: described(z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE), 'Jobs per page.'),
  state: described(jobState.optional(), 'Only jobs in this state.'),
  before: described(z.string().min(1).max(ID_CHARACTERS).optional(), 'The `next` of the page before.'),
});

export type JobQueryBody = z.output<typeof jobQuery>;

export const jobList = z
  .strictObject({
    jobs: z.array(job),
    next: described(z.string().nullable(), 'What to send as `before` for the next page; null: this is the last.'),
  })
  .meta({ id: 'JobList' });
