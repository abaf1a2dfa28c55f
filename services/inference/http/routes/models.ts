import type { ModelConfig } from '../../../../core/config/schema.ts';
import type { LoadedModel } from '../../../engine/protocol/messages.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { json } from './json.ts';
import { isVisible } from './model-access.ts';
import { SELECT_ERRORS } from './operation-errors.ts';
import { FACT_NAMES, modelList, selectBody, selection } from './schemas-models.ts';

/** One replica as the `route` stage describes it; undefined: its engine has not said. */
export interface ReplicaView {
  readonly index: number;
  readonly state: string;
  readonly reason: string | undefined;
  readonly pid: number | undefined;
  readonly heartbeatAgeMs: number | undefined;
  readonly lastTokenAgeMs: number | undefined;
  readonly slotsUsed: number | undefined;
  readonly slotsLimit: number | undefined;
  readonly waiting: number | undefined;
  readonly kvUsage: number | undefined;
  readonly threads: number;
  readonly role: 'active' | 'standby';
  readonly restarts: number;
  readonly device: string | undefined;
  readonly rssBytes: number | undefined;
}

/** One model as the `route` stage describes it. */
export interface ModelView {
  readonly id: string;
  readonly state: string;
  readonly reason: string | undefined;
  readonly progress: number | undefined;
  readonly replicas: readonly ReplicaView[];
  readonly wantedReplicas: number;
  readonly waiting: number;
  readonly loaded: LoadedModel | undefined;
  readonly facts: object | undefined;
  readonly adjustment?: string | undefined;
  readonly firstTokenMsP50: number | undefined;
  readonly expectedLoadMs?: number | undefined;
}

export interface ModelDeps {
  readonly states: () => readonly ModelView[];
  /** The configured models, the default first. */
  readonly configured: () => readonly Pick<ModelConfig, 'id' | 'engine' | 'load' | 'tags'>[];
  /** The explained choice; throws for an unknown scenario, and with the table where nothing fits. */
  readonly select: (wish: { readonly scenario: string; readonly allowed: ReadonlySet<string> | undefined }) => unknown;
}

/** `GET /api/v1/models` and `POST /api/v1/models/select`. */
export const modelOperations = ({ states, configured, select }: ModelDeps): Operation[] => [
  defineOperation({
    id: 'listModels',
    method: 'get',
    path: '/api/v1/models',
    tag: 'Models',
    summary: 'Configured models, their states and replicas',
    description: 'A credential that is restricted to models sees those.',
    access: 'any',
    dialect: 'native',
    errors: [],
    answers: { 200: { description: 'All of them.', content: { 'application/json': modelList } } },
    handle({ caller }) {
      const byId = new Map(states().map((view) => [view.id, view]));
      const models = configured().filter(({ id }) => isVisible(caller, id));
      return json({ models: models.map((config, index) => describe(config, index === 0, byId.get(config.id))) });
    },
  }),
  defineOperation({
    id: 'selectModel',
    method: 'post',
    path: '/api/v1/models/select',
    tag: 'Models',
    summary: 'Which model a scenario would get, and why',
    description: [
      'An unknown scenario answers 400 with the known ones. Where no model meets the constraints, 422 holds the same',
      'table and the command that adds one which would.',
    ].join(' '),
    access: 'inference',
    dialect: 'native',
    body: selectBody,
    errors: SELECT_ERRORS,
    answers: { 200: { description: 'The choice.', content: { 'application/json': selection } } },
    handle: ({ body, caller }) => json(select({ scenario: body.scenario, allowed: caller.models })),
  }),
];

const NOTHING_YET = { state: 'absent', expectedLoadMs: null, wantedReplicas: 0, waiting: 0, replicas: [] } as const;

const describe = (
  config: ReturnType<ModelDeps['configured']>[number],
  isDefault: boolean,
  view: ModelView | undefined,
) => ({
  id: config.id,
  isDefault,
  engine: config.engine,
  load: config.load,
  tags: config.tags,
  ...(view === undefined ? NOTHING_YET : statusOf(view)),
});

// Undefined fields vanish in JSON: what is not known is absent.
const statusOf = (view: ModelView) => ({
  state: view.state,
  reason: view.reason,
  progress: view.progress,
  adjustment: view.adjustment,
  facts: view.facts === undefined ? undefined : knownFacts(view.facts),
  loaded: view.loaded,
  firstTokenMsP50: rounded(view.firstTokenMsP50),
  expectedLoadMs: rounded(view.expectedLoadMs) ?? null,
  wantedReplicas: view.wantedReplicas,
  waiting: view.waiting,
  replicas: view.replicas.map(replicaOf),
});

/** One replica in the documented shape. */
export const replicaOf = (view: ReplicaView): ReplicaView => ({
  index: view.index,
  state: view.state,
  reason: view.reason,
  pid: view.pid,
  heartbeatAgeMs: rounded(view.heartbeatAgeMs),
  lastTokenAgeMs: rounded(view.lastTokenAgeMs),
  slotsUsed: view.slotsUsed,
  slotsLimit: view.slotsLimit,
  waiting: view.waiting,
  kvUsage: view.kvUsage,
  threads: view.threads,
  role: view.role,
  restarts: view.restarts,
  device: view.device,
  rssBytes: view.rssBytes,
});

// Paths of files on this machine are nobody's business.
const knownFacts = (facts: object) =>
  Object.fromEntries(Object.entries(facts).filter(([name]) => FACT_NAMES.includes(name)));

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value);
