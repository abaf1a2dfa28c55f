import { type ServiceError, toServiceError } from '../../core/errors/service-error.ts';
import type { Labels, Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Task } from '../engine/protocol/generation.ts';
import type { Call, GenerationCall, GenerationEvent, TaskCall } from './call.ts';
import type { Flow } from './flow.ts';

export type Outcome = 'ok' | 'error' | 'timeout' | 'rejected' | 'cancelled';

interface Deps {
  readonly telemetry: Pick<Telemetry, 'counter' | 'record'>;
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
      watch.end(watch.isFinished() ? 'ok' : 'cancelled');
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

/** How an error counts: a refusal is neither an error nor a time-out, and a client that left is neither. */
export const outcomeOf = (error: ServiceError, isClientGone: boolean): Outcome => {
  if (isClientGone) return 'cancelled';
  if (error.code === 'ERR_ADMIT_DEADLINE') return 'timeout';
  if (error.code.startsWith('ERR_ADMIT_') || error.code === 'ERR_ROUTE_BREAKER_OPEN') return 'rejected';
  return error.row.status < 500 ? 'rejected' : 'error';
};

const TASK_OPERATIONS = {
  embed: 'embeddings',
  rerank: 'rerank',
  tokenize: 'tokenize',
  detokenize: 'tokenize',
  score: 'text_completion',
} as const satisfies Record<Task['kind'], string>;

const operationOf = (call: GenerationCall): string => (call.request.input.kind === 'chat' ? 'chat' : 'text_completion');

const startWatch = (call: Call, operation: string, { telemetry, now, isModel }: Deps) => {
  const startedAt = now();
  let model = call.model !== undefined && isModel(call.model) ? call.model : undefined;
  let firstTokenAt: number | undefined;
  let tokens = 0;
  let isComputed = true;
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

  const end = (outcome: Outcome, errorType?: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    telemetry.counter('requests', { outcome });
    const seconds = (now() - startedAt) / 1000;
    telemetry.record(
      'requestDuration',
      seconds,
      errorType === undefined ? labels() : { ...labels(), 'error.type': errorType },
    );
  };

  const finish = (event: GenerationEvent & { type: 'finished' }): void => {
    hasFinished = true;
    if (isComputed) {
      telemetry.counter('tokens', tokenLabels('input'), event.usage.promptTokens);
      telemetry.counter('tokens', tokenLabels('output'), event.usage.completionTokens);
    }
    if (firstTokenAt === undefined) return;
    telemetry.record('timeToFirstToken', (firstTokenAt - startedAt) / 1000, labels());
    // What is replayed comes as fast as it is read, which says nothing about a model.
    if (tokens > 1 && isComputed)
      telemetry.record('timePerOutputToken', (now() - firstTokenAt) / 1000 / (tokens - 1), labels());
  };

  return {
    tokenLabels,
    isFinished: () => hasFinished,
    see(event: GenerationEvent): void {
      if (event.type === 'accepted') {
        model = event.model;
        isComputed = event.cache === undefined || event.cache === 'miss';
      } else if (event.type === 'finished') finish(event);
      else if (event.type !== 'ended') {
        firstTokenAt ??= now();
        tokens += event.tokens;
      }
    },
    end,
    fail(error: ServiceError): void {
      const outcome = outcomeOf(error, call.signal.aborted);
      end(outcome, outcome === 'timeout' ? 'timeout' : outcome === 'cancelled' ? 'cancelled' : error.code);
    },
  };
};
