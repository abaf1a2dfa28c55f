import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import type { Asked } from './generation.ts';
import { json } from './json.ts';
import { isVisible, requireModel } from './model-access.ts';
import { type ModelView, replicaOf } from './models.ts';
import { REPLICA_ERRORS } from './operation-errors.ts';
import { count, described, modelName } from './schemas.ts';
import { replicaStatus } from './schemas-models.ts';

export interface CapacityView {
  readonly threads: { readonly total: number; readonly used: number };
  readonly devices: readonly {
    readonly uuid: string;
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly replicas: number;
  }[];
  readonly another: ReadonlyMap<string, { readonly fits: boolean; readonly lacks?: string; readonly reason?: string }>;
}

export interface ReplicaDeps {
  readonly replicas: {
    get(): readonly Pick<ModelView, 'id' | 'wantedReplicas' | 'replicas'>[];
    capacity(): Promise<CapacityView>;
    /** Throws ERR_MODELS_UNKNOWN, ERR_ROUTE_NO_CORES, ERR_ROUTE_NO_MEMORY. */
    set(model: string, count: number): Promise<void>;
  };
  readonly audit: Audit;
}

const MAX_REPLICAS = 64;

const source = z.enum(['configuration', 'person', 'scale']).meta({
  description: 'Who set the number that is wanted: the configuration, somebody through the API, or the scaling action.',
});

const another = z
  .strictObject({
    fits: z.boolean(),
    lacks: described(z.enum(['model', 'device', 'cores', 'memory']).optional(), '`model`: it is not loaded.'),
    reason: z.string().optional(),
  })
  .meta({ description: 'Whether one more replica would find a device or cores that no other uses, and memory.' });

const capacity = z
  .strictObject({
    threads: described(z.strictObject({ total: count, used: count }), 'CPU threads of all engines together.'),
    devices: z.array(z.strictObject({ uuid: z.string(), totalBytes: count, freeBytes: count, replicas: count })),
  })
  .meta({ id: 'Capacity', description: 'What the engines of this machine have.' });

const replicaList = z
  .strictObject({
    models: z.array(
      z.strictObject({ model: z.string(), wanted: count, source, another, replicas: z.array(replicaStatus) }),
    ),
    capacity,
  })
  .meta({ id: 'ReplicaList' });

const replicaChange = z
  .strictObject({
    model: modelName,
    replicas: z.int().min(0).max(MAX_REPLICAS),
    source: described(
      z.enum(['person', 'scale']).optional(),
      'Who asks, shown with the model; a number that a person set is left alone by scaling for a while. Default: `person`.',
    ),
  })
  .meta({ id: 'ReplicaChange' });

const NOT_LOADED = { fits: false, lacks: 'model' } as const;

/** `GET` and `PUT /api/v1/admin/replicas`. */
export const replicaOperations = ({ replicas, audit }: ReplicaDeps): Operation[] => {
  const answers = { 200: { description: 'All replicas now.', content: { 'application/json': replicaList } } };
  const changes = new Map<string, { readonly wanted: number; readonly source: 'person' | 'scale' }>();
  /** A number that is not the one last set here came with the configuration. */
  const sourceOf = (model: string, wanted: number) => {
    const change = changes.get(model);
    return change?.wanted === wanted ? change.source : 'configuration';
  };
  const list = async ({ caller }: Pick<Asked, 'caller'>) => {
    const { another: more, ...machine } = await replicas.capacity();
    return json({
      models: replicas
        .get()
        .filter(({ id }) => isVisible(caller, id))
        .map((view) => ({
          model: view.id,
          wanted: view.wantedReplicas,
          source: sourceOf(view.id, view.wantedReplicas),
          another: more.get(view.id) ?? NOT_LOADED,
          replicas: view.replicas.map(replicaOf),
        })),
      capacity: machine,
    });
  };
  return [
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'getReplicas',
      method: 'get',
      path: '/api/v1/admin/replicas',
      summary: 'The replicas of every model, and whether there is room for one more',
      errors: [],
      answers,
      handle: list,
    }),
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'setReplicas',
      method: 'put',
      path: '/api/v1/admin/replicas',
      summary: 'Change the number of replicas of a model',
      description: [
        'A replica that goes finishes its streams first. 409 where the CPU threads or the memory of this machine do not',
        'allow more.',
      ].join(' '),
      body: replicaChange,
      errors: REPLICA_ERRORS,
      answers,
      async handle(request) {
        const { model, replicas: wanted, source: by = 'person' } = request.body;
        requireModel(request.caller, model);
        await replicas.set(model, wanted);
        changes.set(model, { wanted, source: by });
        audit.info('replicas.changed', { ...whoOf(request), labels: { model, replicas: wanted, source: by } });
        return list(request);
      },
    }),
  ];
};
