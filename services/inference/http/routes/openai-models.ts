import { z } from 'zod';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { listOf, modelEntry } from '../../respond/openai.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { json } from './json.ts';
import { modelName } from './schemas.ts';
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
  const entryOf = (id: string) => {
    if (modelIds().includes(id)) return json(modelEntry(id, created));
    throw new ServiceError(
      'ERR_MODELS_UNKNOWN',
      `model: expected a configured model (${modelIds().join(', ')}), got another`,
      {
        details: { param: 'model', models: modelIds() },
      },
    );
  };
  return [
    defineOperation({
      id: 'listOpenAiModels',
      method: 'get',
      path: '/v1/models',
      tag: 'OpenAI',
      summary: 'List the models',
      access: 'inference',
      dialect: 'openai',
      errors: [],
      answers: { 200: { description: 'All configured models.', content: { 'application/json': openAiModelList } } },
      handle: () => json(listOf(modelIds().map((id) => modelEntry(id, created)))),
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
      params: z.strictObject({ model: modelName }),
      errors: ['ERR_MODELS_UNKNOWN'],
      answers: { 200: { description: 'The model.', content: { 'application/json': openAiModel } } },
      handle: ({ params }) => entryOf(params.model),
    }),
  ];
};
