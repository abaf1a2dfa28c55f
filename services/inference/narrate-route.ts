import type { ModelConfig } from '../../core/config/schema.ts';
import type { ErrorCode } from '../../core/errors/codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Admission } from './admit/admission.ts';
import type { RouteEvent } from './route/events.ts';
import type { Route } from './route/route.ts';
import type { GatewayReport } from './supervision.ts';

interface Deps {
  readonly route: Pick<Route<unknown>, 'onEvent' | 'states'>;
  readonly admission: Pick<Admission, 'snapshot'>;
  readonly models: readonly ModelConfig[];
  readonly report: (report: GatewayReport) => void;
}

export interface Narration {
  /** Resolves with the first model that is ready; throws when none of those that load at start can ever be. */
  viable(signal: AbortSignal): Promise<void>;
  stop(): void;
}

const ACTIVITY_MS = 1000;

/** Tells the supervisor how the models come up and how busy they are. */
export const narrateRoute = ({ route, admission, models, report }: Deps): Narration => {
  const starting = new Set(
    models.filter(({ load, replicas }) => load === 'always' && replicas > 0).map(({ id }) => id),
  );
  const isAwaited = starting.size > 0;
  const verdict = Promise.withResolvers<void>();
  let isReady = !isAwaited;
  if (!isAwaited) verdict.resolve();

  const fail = ({ model, code, detail }: RouteEvent & { type: 'model' }) => {
    if (code === undefined || !isHopeless(code)) return;
    starting.delete(model);
    if (starting.size === 0 && !isReady)
      verdict.reject(new ServiceError(code, detail ?? `model ${model} cannot be served`));
  };
  const unsubscribe = route.onEvent((event) => {
    if (event.type === 'engine.exited' && !event.wasAsked)
      report({
        type: 'notice',
        level: 'warn',
        text: `engine ${event.model}#${event.replica} ended: ${event.reason}${lastWords(event.output)}`,
      });
    if (event.type !== 'model' || event.state === 'absent') return;
    report({
      type: 'model',
      id: event.model,
      phase: event.state,
      ...(event.ratio === undefined ? {} : { ratio: event.ratio }),
      ...(event.detail === undefined ? {} : { detail: event.detail }),
    });
    if (event.state === 'failed') fail(event);
    if (event.state !== 'ready' || isReady) return;
    isReady = true;
    report({ type: 'ready', model: event.model });
    verdict.resolve();
  });
  const timer = setInterval(() => {
    const { active, waiting } = admission.snapshot();
    const replicas = route
      .states()
      .flatMap((model) => model.replicas)
      .filter(({ state }) => state === 'ready').length;
    report({ type: 'activity', active, waiting, replicas });
  }, ACTIVITY_MS).unref();

  return {
    async viable(signal) {
      const abort = () => verdict.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      await verdict.promise.finally(() => signal.removeEventListener('abort', abort));
    },
    stop() {
      clearInterval(timer);
      unsubscribe();
    },
  };
};

/** The line of a dying process that says most: the error it names, else its last. */
const lastWords = (output: readonly string[]): string => {
  const line = output.find((candidate) => /error/i.test(candidate)) ?? output.at(-1);
  return line === undefined ? '' : ` (${line.trim()})`;
};

/** True for what only a person can mend: trying again gives the same answer. */
const isHopeless = (code: ErrorCode): boolean =>
  code.startsWith('ERR_MODELS_') || code === 'ERR_CONFIG_INVALID' || code === 'ERR_ROUTE_NO_MEMORY';
