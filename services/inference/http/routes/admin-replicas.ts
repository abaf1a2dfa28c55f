import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import type { Asked } from './generation.ts';
import { json } from './json.ts';
import { isVisible, requireModel } from './model-access.ts';
import { type ModelView, replicaOf } from './models.ts';
import { REPLICA_ERRORS } from './operation-errors.ts';
import { count, modelName } from './schemas.ts';
import { replicaStatus } from './schemas-models.ts';

export interface ReplicaDeps {
  readonly replicas: {
    get(): readonly Pick<ModelView, 'id' | 'wantedReplicas' | 'replicas'>[];
    /** Throws ERR_MODELS_UNKNOWN, ERR_ROUTE_NO_CORES, ERR_ROUTE_NO_MEMORY. */
    set(model: string, count: number): Promise<void>;
  };
  readonly audit: Audit;
}

const MAX_REPLICAS = 64;

const replicaList = z
  .strictObject({
    models: z.array(z.strictObject({ model: z.string(), wanted: count, replicas: z.array(replicaStatus) })),
  })
  .meta({ id: 'ReplicaList' });

const replicaChange = z
  .strictObject({ model: modelName, replicas: z.int().min(0).max(MAX_REPLICAS) })
  .meta({ id: 'ReplicaChange' });

/** `GET` and `PUT /api/v1/admin/replicas`. */
export const replicaOperations = ({ replicas, audit }: ReplicaDeps): Operation[] => {
  const answers = { 200: { description: 'All replicas now.', content: { 'application/json': replicaList } } };
  const list = ({ caller }: Pick<Asked, 'caller'>) =>
    json({
      models: replicas
        .get()
        .filter(({ id }) => isVisible(caller, id))
        .map((view) => ({
          model: view.id,
          wanted: view.wantedReplicas,
          replicas: view.replicas.map(replicaOf),
        })),
    });
  return [
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'getReplicas',
      method: 'get',
      path: '/api/v1/admin/replicas',
      summary: 'The replicas of every model',
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
        const { model, replicas: wanted } = request.body;
        requireModel(request.caller, model);
        await replicas.set(model, wanted);
        audit.info('replicas.changed', { ...whoOf(request), labels: { model, replicas: wanted } });
        return list(request);
      },
    }),
  ];
};
