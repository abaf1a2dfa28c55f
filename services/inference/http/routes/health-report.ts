import type { Config } from '../../../../core/config/schema.ts';
import type { EgressView } from './admin-egress.ts';

export interface ReplicaHealth {
  readonly state: string;
  /** Since the decode loop last turned; undefined: never. */
  readonly heartbeatAgeMs?: number | undefined;
  /** Since a token was decoded, by a request or a probe; undefined: never. */
  readonly lastTokenAgeMs?: number | undefined;
  /** Undefined: it has not said. */
  readonly slotsUsed: number | undefined;
  /** Why it runs on a slower engine than the one asked for. */
  readonly fallBackReason?: string | undefined;
}

export interface ModelHealth {
  readonly id: string;
  readonly state: string;
  readonly reason?: string | undefined;
  readonly replicas: readonly ReplicaHealth[];
}

/** Everything a verdict is made of, as it is now. */
export interface HealthFacts {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly isDraining: boolean;
  /** The default model first. */
  readonly models: readonly ModelHealth[];
  readonly modelConfigs: readonly Pick<Config['models'][number], 'id' | 'load'>[];
  readonly engines: Pick<Config['engines'], 'probeIntervalMs' | 'stallMs' | 'wedgedMs'>;
  readonly admission: {
    readonly active: number;
    readonly waiting: number;
    readonly limits: Pick<Config['limits'], 'maxConcurrency' | 'queue'>;
  };
  /** Jobs by state; undefined where the store could not be asked. */
  readonly jobs: Readonly<Record<string, number>> | undefined;
  /** Why the configuration file as it is now was not applied; undefined: it was, or there is none. */
  readonly configProblem: string | undefined;
  /** What left the machine, and what was refused. */
  readonly egress: Pick<EgressView, 'seen' | 'refusals'>;
}

export interface Component {
  readonly status: string;
  readonly [fact: string]: unknown;
}

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly ready: boolean;
  readonly components: Readonly<Record<string, Component>>;
}

/** True when a replica decodes: its loop turned and a token came out of it lately. A state alone proves neither. */
export const canDecode = (replica: ReplicaHealth, engines: HealthFacts['engines']): boolean =>
  replica.state === 'ready' &&
  isFresh(replica.heartbeatAgeMs, engines.wedgedMs) &&
  // A long prompt yields no token for a while, but the loop turns. An idle replica is probed once per interval;
  // the probe itself may take as long as a stall.
  ((replica.slotsUsed ?? 0) > 0 || isFresh(replica.lastTokenAgeMs, engines.probeIntervalMs + engines.stallMs));

const isFresh = (ageMs: number | undefined, limitMs: number): boolean => ageMs !== undefined && ageMs <= limitMs;

/** Judges the service by what its parts say of themselves. */
export const healthOf = (facts: HealthFacts): HealthReport => {
  const models = facts.models.map((model) => ({ model, component: modelComponent(model, facts) }));
  const ready = !facts.isDraining && models.some(({ model, component }) => component.isUp && counts(model, facts));
  const components: Record<string, Component> = {
    gateway: {
      status: facts.isDraining ? 'draining' : 'ok',
      version: facts.version,
      uptimeSeconds: facts.uptimeSeconds,
    },
    admission: admissionComponent(facts.admission),
    jobs: facts.jobs === undefined ? { status: 'failed' } : { status: 'ok', ...facts.jobs },
    config: facts.configProblem === undefined ? { status: 'ok' } : { status: 'rejected', reason: facts.configProblem },
    egress: egressComponent(facts.egress),
  };
  for (const { model, component } of models) components[MODEL_COMPONENT + model.id] = component.view;
  const isWell =
    GOOD.every((name) => components[name]?.status === 'ok') && models.every(({ component }) => component.isWell);
  return { status: ready ? (isWell ? 'ok' : 'degraded') : 'down', ready, components };
};

/** Before the id of a model in the name of its component. */
export const MODEL_COMPONENT = 'model ';

const GOOD = ['gateway', 'admission', 'jobs', 'config'] as const;

// No reason to call the service unwell: a refusal is the guard at work. Hosts are for those with the scope `admin`.
const egressComponent = ({ seen, refusals }: HealthFacts['egress']): Component => ({
  status: Object.keys(refusals).length === 0 ? 'ok' : 'refusing',
  destinations: seen.length,
  refused: refusals,
});

const admissionComponent = ({ active, waiting, limits }: HealthFacts['admission']): Component => ({
  status: active >= limits.maxConcurrency && waiting >= limits.queue ? 'full' : 'ok',
  active,
  waiting,
  maxConcurrency: limits.maxConcurrency,
  queue: limits.queue,
});

// A model that is loaded on demand says nothing about readiness until it is the default one.
const counts = (model: ModelHealth, { models, modelConfigs }: HealthFacts): boolean =>
  model.id === models[0]?.id || isPermanent(model, modelConfigs);

const isPermanent = ({ id }: ModelHealth, configs: HealthFacts['modelConfigs']): boolean =>
  configs.some((config) => config.id === id && config.load === 'always');

const modelComponent = (model: ModelHealth, { engines, modelConfigs }: HealthFacts) => {
  const decoding = model.replicas.filter((replica) => canDecode(replica, engines)).length;
  const isUp = decoding > 0;
  const isStalled = !isUp && model.state === 'ready';
  const fallBack = model.replicas.find(({ fallBackReason }) => fallBackReason !== undefined)?.fallBackReason;
  return {
    isUp,
    isWell: decoding === model.replicas.length && (isUp || !isPermanent(model, modelConfigs)),
    view: {
      status: isStalled ? 'stalled' : model.state,
      replicas: model.replicas.length,
      decoding,
      ...(model.reason === undefined ? {} : { reason: model.reason }),
      ...(fallBack === undefined ? {} : { fallBack }),
    },
  };
};
