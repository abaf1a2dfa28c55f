import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import { json } from './json.ts';
import { requireModel } from './model-access.ts';
import type { ModelView } from './models.ts';
import { described, milliseconds, modelInPath, onlyNull } from './schemas.ts';
import { modelState } from './schemas-models.ts';

export interface ResidenceDeps {
  readonly states: () => readonly ModelView[];
  readonly residence: {
    /** Begins to load a model. Throws ERR_MODELS_UNKNOWN, ERR_ROUTE_NO_REPLICA while the service stops. */
    load(model: string): void;
    /** Begins to drain a model. Throws ERR_MODELS_UNKNOWN. */
    unload(model: string): void;
  };
  readonly audit: Audit;
}

const residence = z
  .strictObject({
    model: z.string(),
    state: modelState,
    expectedLoadMs: described(z.union([milliseconds, onlyNull]), 'Median of its past loads; null before the first.'),
  })
  .meta({ id: 'ModelResidence' });

const ACCEPTED = 202;

const ROUTES = [
  {
    verb: 'load',
    id: 'loadModel',
    summary: 'Load a model that nobody waits for',
    description: [
      'It takes the memory of the least recently used onDemand model where there is none left. What comes of it is',
      'seen in `GET /api/v1/models`. A `/` in the id is sent as `%2F`.',
    ].join(' '),
  },
  {
    verb: 'unload',
    id: 'unloadModel',
    summary: 'Drain a model and give its memory back',
    description: [
      'Running requests finish; the next request loads it again. To stop a model for good, set its replicas to 0.',
      'A `/` in the id is sent as `%2F`.',
    ].join(' '),
  },
] as const;

/** `POST /api/v1/admin/models/{id}/load` and `.../unload`. */
export const residenceOperations = (deps: ResidenceDeps): Operation[] =>
  ROUTES.map(({ verb, id, summary, description }) =>
    defineOperation({
      ...ADMIN_ROUTE,
      ...{ id, summary, description },
      method: 'post',
      path: `/api/v1/admin/models/{model}/${verb}`,
      params: z.strictObject({ model: modelInPath }),
      errors: ['ERR_MODELS_UNKNOWN', 'ERR_ROUTE_NO_REPLICA'],
      answers: { [ACCEPTED]: { description: 'It has begun.', content: { 'application/json': residence } } },
      handle(request) {
        const { model } = request.params;
        requireModel(request.caller, model);
        deps.residence[verb](model);
        deps.audit.info(`model.${verb}`, { ...whoOf(request), labels: { model } });
        return json(stateOf(deps, model), ACCEPTED);
      },
    }),
  );

const stateOf = ({ states }: ResidenceDeps, model: string) => {
  const view = states().find(({ id }) => id === model);
  const expectedLoadMs = view?.expectedLoadMs;
  return {
    model,
    state: view?.state ?? 'absent',
    expectedLoadMs: expectedLoadMs === undefined ? null : Math.round(expectedLoadMs),
  };
};
