import type { RequestTrace, TracedWork } from '../../core/telemetry/trace/request-trace.ts';
import type { GenerationInput, GenerationRequest } from '../engine/protocol/generation.ts';
import type { Call, GenerationCall, GenerationEvent } from './call.ts';

interface Options {
  readonly operation: string;
  readonly recordContent: ((text: string) => string) | undefined;
}

interface End {
  readonly outcome: string;
  readonly errorType: string | undefined;
  readonly model: string | undefined;
}

/** Longer prompts and answers are cut in a trace. */
const MAX_CONTENT = 32_768;

/** Writes down in the trace of a request what its generation or task comes to; cheap, because most are thrown away. */
export const traceWork = (trace: RequestTrace, call: Call, { operation, recordContent }: Options) => {
  const work: TracedWork = { operation };
  trace.work = work;
  const request = isGeneration(call) ? call.request : undefined;
  if (request !== undefined) {
    work.parameters = parametersOf(request);
    work.isStream = request.isWhole !== true;
  }
  let output = '';
  return {
    see(event: GenerationEvent): void {
      if (event.type === 'accepted') {
        trace.mark('accepted');
        work.model = event.model;
        if (event.cache !== undefined) work.cache = event.cache;
        if (event.degraded !== undefined) work.degraded = event.degraded.by;
      } else if (event.type === 'finished') finish(trace, work, event);
      else if (event.type !== 'ended') {
        trace.mark('firstToken');
        if (recordContent !== undefined && event.type === 'text' && output.length < MAX_CONTENT) output += event.text;
      }
    },
    end({ outcome, errorType, model }: End): void {
      trace.mark('finished');
      work.outcome = outcome;
      if (errorType !== undefined) work.errorType = errorType;
      if (model !== undefined) work.model = model;
      if (recordContent === undefined || request === undefined) return;
      work.input = recordContent(textOf(request.input)).slice(0, MAX_CONTENT);
      work.output = recordContent(output).slice(0, MAX_CONTENT);
    },
  };
};

const isGeneration = (call: Call): call is GenerationCall => 'request' in call;

const parametersOf = ({ maxTokens, temperature, topP }: GenerationRequest) => ({ maxTokens, temperature, topP });

const finish = (trace: RequestTrace, work: TracedWork, event: GenerationEvent & { type: 'finished' }): void => {
  trace.mark('finished');
  work.finishReason = event.reason;
  work.inputTokens = event.usage.promptTokens;
  work.outputTokens = event.usage.completionTokens;
  work.cachedTokens = event.usage.cachedTokens;
  if (event.redactions !== undefined) work.redactions = event.redactions;
  // Those of an answer made for somebody else are in the trace of that request.
  if (work.cache === 'hit' || work.cache === 'shared') return;
  work.phases = event.phases ?? [
    { kind: 'queue', ms: event.timings.queueMs, steps: 0 },
    { kind: 'prefill', ms: event.timings.prefillMs, steps: 0 },
    { kind: 'decode', ms: event.timings.decodeMs, steps: 0 },
  ];
};

const textOf = (input: GenerationInput): string => {
  if (input.kind === 'text') return input.prompt;
  if (input.kind === 'tokens') return '';
  return input.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
};
