import { z } from 'zod';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { Caller } from '../../call.ts';
import { listOf, modelEntry } from '../../respond/openai.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { json } from './json.ts';
import { isVisible } from './model-access.ts';
import { modelInPath } from './schemas.ts';
import { openAiModel, openAiModelList } from './schemas-openai-lists.ts';

export interface OpenAiModelDeps {
  /** Ids of the configured models, the default first. */
  readonly modelIds: () => readonly string[];
  /** Epoch milliseconds; OpenAI's `created`, since files and upstreams have no common date. */
  readonly startedAt: number;
}

/** `GET /v1/models` and `GET /v1/models/{model}`. */
export const openAiModelOperations = ({ modelIds, startedAt }: OpenAiModelDeps): Operation[] => {
  const created = Math.floor(startedAt / 1000);
  const visibleTo = (caller: Caller) => modelIds().filter((id) => isVisible(caller, id));
  const entryOf = (id: string, caller: Caller) => {
    const models = visibleTo(caller);
    if (models.includes(id)) return json(modelEntry(id, created));
    const message = `model: expected a configured model (${models.join(', ')}), got another`;
    throw new ServiceError('ERR_MODELS_UNKNOWN', message, { details: { param: 'model', models } });
  };
  return [
    defineOperation({
      id: 'listOpenAiModels',
      method: 'get',
      path: '/v1/models',
      tag: 'OpenAI',
      summary: 'List the models',
      description: 'A credential that is restricted to models sees those.',
      access: 'inference',
      dialect: 'openai',
      errors: [],
      answers: { 200: { description: 'All configured models.', content: { 'application/json': openAiModelList } } },
      handle: ({ caller }) => json(listOf(visibleTo(caller).map((id) => modelEntry(id, created)))),
    }),
    defineOperation({
      id: 'getOpenAiModel',
      method: 'get',
      path: '/v1/models/{model}',
      tag: 'OpenAI',
      summary: 'One model',
      description: 'A `/` in the id is sent as `%2F`.',
      access: 'inference',
      dialect: 'openai',
      params: z.strictObject({ model: modelInPath }),
      errors: ['ERR_MODELS_UNKNOWN'],
      answers: { 200: { description: 'The model.', content: { 'application/json': openAiModel } } },
      handle: ({ params, caller }) => entryOf(params.model, caller),
    }),
  ];
};
