import { type Outcome, outcomeOf } from '../../core/errors/outcome.ts';
import { type ServiceError, toServiceError } from '../../core/errors/service-error.ts';
import type { Labels, Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Traces } from '../../core/telemetry/trace/traces.ts';
import type { Task } from '../engine/protocol/generation.ts';
import type { Call, GenerationCall, GenerationEvent, TaskCall } from './call.ts';
import type { Flow } from './flow.ts';
import { traceWork } from './trace-work.ts';

interface Deps {
  readonly telemetry: Pick<Telemetry, 'counter' | 'record'>;
  /** Which traces are kept; absent: none. */
  readonly traces?: Pick<Traces, 'keeps'>;
  /** A text as it may be written down in a trace; absent: none is. */
  readonly recordContent?: ((text: string) => string) | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** True for a configured model: client text never becomes a label. */
  readonly isModel: (id: string) => boolean;
}

/** Wraps the arrow in measurements; answers and errors pass unchanged. */
export const observeFlow = (flow: Flow, deps: Deps): Flow => ({
  async *generate(call) {
    const watch = startWatch(call, operationOf(call), deps);
    try {
      for await (const event of flow.generate(call)) {
        watch.see(event);
        yield event;
      }
      watch.end(watch.isFinished() ? watch.success() : 'cancelled');
    } catch (error) {
      watch.fail(toServiceError(error));
      throw error;
    } finally {
      // A consumer that leaves early ends the generator here, past neither branch above.
      watch.end('cancelled');
    }
  },

  async compute<Kind extends Task['kind']>(call: TaskCall<Kind>) {
    const watch = startWatch(call, TASK_OPERATIONS[call.task.kind], deps);
    try {
      const computed = await flow.compute(call);
      const promptTokens = 'promptTokens' in computed ? computed.promptTokens : 0;
      watch.see({ type: 'accepted', model: computed.model, promptTokens });
      deps.telemetry.counter('tokens', watch.tokenLabels('input'), promptTokens);
      watch.end('ok');
      return computed;
    } catch (error) {
      watch.fail(toServiceError(error));
      throw error;
    }
  },
});

const TASK_OPERATIONS = {
  embed: 'embeddings',
  rerank: 'rerank',
  tokenize: 'tokenize',
  detokenize: 'tokenize',
  score: 'text_completion',
} as const satisfies Record<Task['kind'], string>;

const operationOf = (call: GenerationCall): string => (call.request.input.kind === 'chat' ? 'chat' : 'text_completion');

const startWatch = (call: Call, operation: string, { telemetry, traces, recordContent, now, isModel }: Deps) => {
  const startedAt = now();
  const work = call.trace && traceWork(call.trace, call, { operation, recordContent });
  let model = call.model !== undefined && isModel(call.model) ? call.model : undefined;
  let firstTokenAt: number | undefined;
  let finishedAt = startedAt;
  let tokens = 0;
  let isComputed = true;
  let isDegraded = false;
  let hasFinished = false;
  let hasEnded = false;

  const labels = (): Labels => ({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'clawdbot',
    ...(model === undefined ? {} : { 'gen_ai.request.model': model }),
  });
  const tokenLabels = (type: 'input' | 'output'): Labels => ({
    'gen_ai.token.type': type,
    ...(model === undefined ? {} : { 'gen_ai.request.model': model }),
  });

  const end = (outcome: Outcome | 'degraded', errorType?: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    telemetry.counter('requests', { outcome });
    const durationMs = now() - startedAt;
    work?.end({ outcome, errorType, model });
    const traceId = keptTrace(durationMs, outcome === 'error' || outcome === 'timeout');
    const all = errorType === undefined ? labels() : { ...labels(), 'error.type': errorType };
    telemetry.record('requestDuration', durationMs / 1000, all, traceId);
    if (outcome !== 'ok' || firstTokenAt === undefined) return;
    telemetry.record('timeToFirstToken', (firstTokenAt - startedAt) / 1000, labels(), traceId);
    // What is replayed comes as fast as it is read, which says nothing about a model.
    if (tokens > 1 && isComputed)
      telemetry.record('timePerOutputToken', (finishedAt - firstTokenAt) / 1000 / (tokens - 1), labels(), traceId);
  };

  // An exemplar leads to a trace, so there is one only where that is kept.
  const keptTrace = (durationMs: number, isError: boolean): string | undefined => {
    const { trace } = call;
    if (trace === undefined || traces?.keeps(trace, { isError, durationMs }) !== true) return undefined;
    return trace.traceId;
  };

  const finish = (event: GenerationEvent & { type: 'finished' }): void => {
    hasFinished = true;
    if (isComputed) {
      telemetry.counter('tokens', tokenLabels('input'), event.usage.promptTokens);
      telemetry.counter('tokens', tokenLabels('output'), event.usage.completionTokens);
    }
    finishedAt = now();
  };

  return {
    tokenLabels,
    isFinished: () => hasFinished,
    success: () => (isDegraded ? 'degraded' : 'ok'),
    see(event: GenerationEvent): void {
      work?.see(event);
      if (event.type === 'accepted') {
        model = event.model;
        isDegraded = event.degraded !== undefined;
        isComputed = event.cache === undefined || event.cache === 'miss';
      } else if (event.type === 'finished') finish(event);
      else if (event.type !== 'ended') {
        firstTokenAt ??= now();
        tokens += event.tokens;
      }
    },
    end,
    fail(error: ServiceError): void {
      const outcome = outcomeOf(error.code, call.signal.aborted);
      end(outcome, outcome === 'timeout' ? 'timeout' : outcome === 'cancelled' ? 'cancelled' : error.code);
    },
  };
};
