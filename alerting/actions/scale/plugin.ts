import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { type Action, type ActionContext, defineAction, type Firing, type Task } from '../action.ts';
import { type RowBounds, rowBounds, type ScaleOptions } from './options.ts';
import { createScaler, type Looked } from './scaler.ts';
import { targets } from './targets/registry.ts';
import { runProgram } from './targets/run.ts';
import type { ScaleTarget, TargetContext, TargetPlugin } from './targets/target.ts';

/** Adds capacity where requests wait too long, and takes it away again; where there is none, the lowest priority waits. */
export const scaleAction = defineAction<ScaleOptions>({
  manifest: { id: 'action.scale', kind: 'action', summary: 'Scales out within bounds, and in again after recovery.' },
  // Safe: the row of the registry hands in sections that the configuration checked.
  config: (raw) => raw as ScaleOptions,
  bounds: (raw) => rowBounds.parse(raw),
  start: async ({ config, ...context }) => {
    const { gateway, out, measure, now } = context;
    const plugin = await targets.resolve(config.scale.target, 'scaleTarget');
    const options = optionsOf(plugin, config);
    const target = await startTarget(plugin, { gateway, out, measure, now, run: runProgram, config: options });
    const scaler = createScaler({ ...context, config, target });
    return createAction(config, context, scaler, () => target.stop());
  },
});

const optionsOf = (plugin: TargetPlugin, { scale }: ScaleOptions): unknown => {
  try {
    return plugin.config(scale.options);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const problems = error.issues.map(({ path, message }) => `${['scale.options', ...path].join('.')}: ${message}`);
    throw new ServiceError('ERR_CONFIG_INVALID', problems.join('\n'), { cause: error });
  }
};

/** A target that cannot start must not keep the others from telling people: each use of it fails and says why. */
const startTarget = async (
  plugin: TargetPlugin,
  context: TargetContext & { readonly config: unknown },
): Promise<ScaleTarget> => {
  try {
    return await plugin.start(context);
  } catch (cause) {
    const reason = `the scale target did not start: ${cause instanceof Error ? cause.message : String(cause)}`;
    const fail = () => Promise.reject(new Error(reason, { cause }));
    return { read: fail, change: fail, stop: async () => undefined };
  }
};

const createAction = (
  config: ScaleOptions,
  { firing, decide, state, now }: Pick<ActionContext, 'firing' | 'decide' | 'state' | 'now'>,
  scaler: ReturnType<typeof createScaler>,
  stop: () => Promise<void>,
): Action => {
  const subject = (alert: { readonly labels: Readonly<Record<string, string>> } | undefined, bounds: unknown): string =>
    subjectOf(config, alert?.labels.gen_ai_request_model, bounds as RowBounds); // checked by `bounds`
  const firingOf = (model: string): readonly Firing[] =>
    firing().filter(({ alert, bounds }) => subject(alert, bounds) === model);
  let failure: string | undefined;
  /** When a model was last looked at without being asked to. */
  const lookedAt = new Map<string, number>();
  const isDue = (model: string): boolean => {
    const at = now();
    if (at - (lookedAt.get(model) ?? Number.NEGATIVE_INFINITY) < config.scale.windowMs / LOOKS_PER_WINDOW) return false;
    lookedAt.set(model, at);
    return true;
  };

  return {
    async perform(task, signal) {
      const model = subject(task.alerts[0], task.bounds);
      await remember(state, model);
      const others = firingOf(model).filter(({ incident }) => incident !== task.incident);
      if (task.status === 'resolved') {
        const minutes = Math.round(config.scale.stabilizationMs / 60_000);
        const reason = `over; what was added is taken away once fewer have been enough for ${minutes} min`;
        return { outcome: 'nothing', reason, details: { model } };
      }
      return (await scaler.look(model, [...others, firingFrom(task)], signal)).outcome;
    },
    async tick(signal) {
      for (const model of subjects(state, config)) {
        const fired = firingOf(model);
        if (fired.length === 0 && !isDue(model)) continue;
        try {
          const looked = await scaler.look(model, fired, signal);
          failure = undefined;
          if (isWorthSaying(looked, fired.length > 0)) {
            const incident = fired[0]?.incident;
            await decide({ action: 'scale', ...looked.outcome, ...(incident === undefined ? {} : { incident }) });
          }
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          // A target that is down is looked at every few seconds: the first time says it all.
          if (reason !== failure && fired.length > 0) await decide({ action: 'scale', outcome: 'retry', reason });
          failure = reason;
        }
      }
    },
    stop,
  };
};

/** While nothing is wrong: what is measured over a window is hardly another a moment later, and looking has its price. */
const LOOKS_PER_WINDOW = 4;

/** Without an alert, that nothing can be measured is nobody's concern here: other alerts say it. */
const isWorthSaying = ({ decision, isNews }: Looked, isAlerted: boolean): boolean =>
  isNews && (isAlerted || decision.kind !== 'nothing' || decision.why !== 'stale');

const subjectOf = ({ scale, models }: ScaleOptions, labelled: string | undefined, row: RowBounds): string => {
  const known = models.some(({ id }) => id === labelled) ? labelled : undefined;
  return known ?? row.model ?? scale.model ?? models[0]?.id ?? '';
};

const SUBJECTS = 'subjects';

const subjects = (state: ActionContext['state'], config: ScaleOptions): readonly string[] => {
  const kept = state.get(SUBJECTS);
  return [...new Set([subjectOf(config, undefined, {}), ...(Array.isArray(kept) ? kept.map(String) : [])])];
};

/** What was scaled out once is looked after, also when its alert is over. */
const remember = async (state: ActionContext['state'], model: string): Promise<void> => {
  const kept = state.get(SUBJECTS);
  const known = Array.isArray(kept) ? kept.map(String) : [];
  if (!known.includes(model)) await state.put(SUBJECTS, [...known, model]);
};

const firingFrom = ({ alerts, incident, receivedAt, dryRun, bounds }: Task): Firing => {
  const [alert] = alerts;
  if (alert === undefined) throw new Error('expected the alert of a task');
  return { alert, incident, firstAt: receivedAt, seenAt: receivedAt, dryRun, bounds };
};
