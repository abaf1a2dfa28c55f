import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import type { Priority, TokenLogprob, ToolCall } from '../../engine/protocol/generation.ts';
import type { Caller, GenerationEvent } from '../call.ts';
import type { JobPayload, JobRecord, JobResult } from './job.ts';
import type { Outcome } from './verdict.ts';

/** What the service is told about the run of a job beside its payload. */
export interface RunContext {
  readonly jobId: string;
  readonly requestId: string;
  /** Scopes and address are not kept with a job: it was allowed in when it was accepted. */
  readonly caller: Pick<Caller, 'keyId' | 'tenant'>;
  /** Of the run in the admission, not of the job among jobs: nobody waits for it at the other end of a line. */
  readonly priority: Priority;
  /** Epoch milliseconds; `undefined`: the default of the service applies to each run. */
  readonly deadlineAt: number | undefined;
  /** Aborts on cancel, deadline and stop; the run must end soon after it. */
  readonly signal: AbortSignal;
}

/** Runs a payload through the service: the request arrow after `auth`. */
export type Run = (payload: JobPayload, context: RunContext) => AsyncIterable<GenerationEvent>;

/** Everything a background run gets is taken from what nobody waits for. */
const BACKGROUND_PRIORITY: Priority = 'low';

/** Runs a job once and collects what came; never throws. */
export const runOnce = async (
  run: Run,
  job: JobRecord,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<Outcome> => {
  let wasAdmitted = false;
  let model = '';
  const pieces = createPieces();
  try {
    // Cancelled between being taken and being run: a run that listens for the abort would have missed it.
    signal.throwIfAborted();
    for await (const event of run(job.payload, contextOf(job, signal))) {
      if (event.type === 'accepted') {
        wasAdmitted = true;
        model = event.model;
      } else if (event.type === 'finished') {
        const { reason: finishReason, usage, timings } = event;
        return { kind: 'answered', result: { ...pieces.result(), model, finishReason, usage, timings } };
      } else {
        pieces.add(event);
        if (event.type === 'text' && event.text !== '') onText(event.text);
      }
    }
    return { kind: 'failed', error: endedEarly(), wasAdmitted };
  } catch (error) {
    return { kind: 'failed', error: toServiceError(error), wasAdmitted };
  }
};

/** Puts the pieces of one answer together. */
const createPieces = () => {
  let text = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  const logprobs: TokenLogprob[] = [];
  return {
    add(event: GenerationEvent): void {
      if (event.type === 'text') {
        text += event.text;
        logprobs.push(...(event.logprobs ?? []));
      }
      if (event.type === 'reasoning') reasoning += event.text;
      if (event.type !== 'toolCalls') return;
      for (const { index, id, name, arguments: more } of event.calls) {
        const known = toolCalls[index] ?? { id: id ?? '', name: name ?? '', arguments: '' };
        toolCalls[index] = { ...known, arguments: known.arguments + more };
      }
    },
    result: (): Pick<JobResult, 'text' | 'reasoning' | 'toolCalls' | 'logprobs'> => ({
      text,
      ...(reasoning === '' ? {} : { reasoning }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
      ...(logprobs.length === 0 ? {} : { logprobs }),
    }),
  };
};

const contextOf = (job: JobRecord, signal: AbortSignal): RunContext => ({
  jobId: job.id,
  requestId: job.requestId,
  caller: { keyId: job.keyId, tenant: job.tenant },
  priority: BACKGROUND_PRIORITY,
  deadlineAt: job.deadlineAt,
  signal,
});

const endedEarly = () => new ServiceError('ERR_ENGINE_FAILED', 'the generation ended without saying that it finished');
