import type { GenerationRequest } from '../../../engine/protocol/generation.ts';
import type { GenerationCall } from '../../call.ts';
import { nativeAnswer, nativeStream } from '../../respond/native.ts';
import { startStopwatch } from '../../respond/summary.ts';
import { errorBody } from '../errors.ts';
import { exchangeOf, noteAccess } from '../exchange.ts';
import { defineOperation, type Operation } from '../operation.ts';
import {
  type Asked,
  answerJson,
  answerStream,
  CACHE_HEADER,
  callOf,
  DEGRADED_HEADER,
  type GenerationDeps,
  noteEvent,
  pacing,
} from './generation.ts';
import { idempotencyKey, idempotencyKeyOf } from './idempotency.ts';
import type { JobsPort } from './jobs.ts';
import { json } from './json.ts';
import { requestOf } from './native-request.ts';
import { INFERENCE_ERRORS } from './operation-errors.ts';
import { invalidField } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { type InferenceBody, inferenceBody } from './schemas-inference.ts';
import { inferenceAnswer, inferenceEvent } from './schemas-inference-answers.ts';
import { job } from './schemas-jobs.ts';

export interface InferenceDeps extends GenerationDeps {
  readonly jobs: Pick<JobsPort, 'submit'>;
  /** Throws for a model or scenario that does not exist, so that no job is accepted that can only fail. */
  readonly choose: (
    choice: Pick<GenerationCall, 'model' | 'scenario'> & { readonly allowed: ReadonlySet<string> | undefined },
  ) => unknown;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

const JOB_LINK = { id: '$response.body#/id' };

/** `POST /api/v1/inference`. */
export const inferenceOperations = (deps: InferenceDeps): Operation[] => [
  defineOperation({
    id: 'infer',
    method: 'post',
    path: '/api/v1/inference',
    tag: 'Inference',
    summary: 'Generate text, now or as a job',
    description: [
      'Exactly one of `prompt` and `messages`. With `mode: "async"` the answer is a job, and an `Idempotency-Key` makes',
      'the request safe to repeat.',
      RATE_HEADERS_NOTE,
    ].join(' '),
    access: 'inference',
    dialect: 'native',
    body: inferenceBody,
    headers: {
      'idempotency-key': {
        description: 'With `mode: "async"`: the same key and body answer the same job.',
        schema: idempotencyKey,
      },
    },
    errors: INFERENCE_ERRORS,
    answers: {
      200: {
        description:
          'The answer; with `stream` its events `accepted`, `reasoning`, `token`, `toolCalls` and `done`, or `error`.',
        content: { 'application/json': inferenceAnswer, 'text/event-stream': inferenceEvent },
        headers: { ...CACHE_HEADER, ...DEGRADED_HEADER },
      },
      202: {
        description: 'The job, accepted and stored.',
        content: { 'application/json': job },
        headers: { location: { description: 'Where the job is.', schema: job.shape.id } },
        links: { getJob: JOB_LINK, cancelJob: JOB_LINK, watchJob: JOB_LINK },
      },
    },
    handle(request) {
      const { body } = request;
      checkTogether(body);
      // Without `async` it stands for nothing, but a client that sends a broken one learns of it here and not later.
      const key = idempotencyKeyOf(request.context.req.header('idempotency-key'));
      const generation = requestOf(body, deps.limits().maxOutputTokens);
      return body.mode === 'async'
        ? submit(request, body, generation, { ...deps, key })
        : generate(request, body, generation, deps);
    },
  }),
];

const checkTogether = ({ mode, stream, callbackUrl }: InferenceBody): void => {
  if (mode === 'async' && stream) {
    throw invalidField('stream', 'false with `mode: "async"`', 'true', "read the job's events instead");
  }
  if (mode === 'sync' && callbackUrl !== undefined) {
    throw invalidField('callbackUrl', 'nothing with `mode: "sync"`', 'a URL', 'send `mode: "async"`');
  }
};

const deadlineOf = ({ deadlineMs }: InferenceBody, now: number): number | undefined =>
  deadlineMs === undefined ? undefined : now + deadlineMs;

const generate = (
  asked: Asked,
  body: InferenceBody,
  generation: GenerationRequest,
  deps: InferenceDeps,
): Promise<Response> => {
  const { requestId, context } = asked;
  const { model, scenario, priority } = body;
  const stopwatch = startStopwatch({ id: requestId, scenario, now: deps.clock });
  const choice = { model, scenario, priority, deadlineAt: deadlineOf(body, deps.steadyNow()) };
  const events = deps.flow.generate({ ...callOf(asked, choice), request: { ...generation, ...pacing(body.stream) } });
  if (body.stream) {
    const renderError = (error: Parameters<typeof errorBody>[0]) => errorBody(error, 'native', requestId);
    return answerStream(asked, deps, events, nativeStream({ id: requestId, stopwatch, renderError }));
  }
  return answerJson(asked, deps, () => nativeAnswer(events, stopwatch, (event) => noteEvent(context, event)));
};

const submit = (
  asked: Asked,
  body: InferenceBody,
  request: GenerationRequest,
  { key, ...deps }: InferenceDeps & { readonly key: string | undefined },
): Response => {
  const { caller, requestId, context } = asked;
  const { model, scenario, priority, callbackUrl } = body;
  const deadlineAt = deadlineOf(body, deps.now());
  const { trace } = exchangeOf(context);
  deps.choose({ model, scenario, allowed: caller.models });
  const view = deps.jobs.submit({
    caller,
    requestId,
    priority,
    body,
    payload: {
      request: trace === undefined ? request : { ...request, traceparent: trace.traceparent },
      ...(model === undefined ? {} : { model }),
      ...(scenario === undefined ? {} : { scenario }),
      ...(caller.models === undefined ? {} : { allowed: [...caller.models] }),
    },
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  });
  noteAccess(context, { jobId: view.id });
  return json(view, 202, { location: `/api/v1/jobs/${view.id}`, ...deps.rateHeaders(caller.keyId) });
};
