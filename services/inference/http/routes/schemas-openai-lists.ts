import { z } from 'zod';
import { count } from './schemas.ts';

const promptUsage = z.strictObject({ prompt_tokens: count, total_tokens: count });

export const embeddingListSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      z.strictObject({
        object: z.literal('embedding'),
        index: count,
        embedding: z.union([z.array(z.number()), z.string().meta({ description: 'With `base64`.' })]),
      }),
    ),
    model: z.string(),
    usage: promptUsage,
  })
  .meta({ id: 'EmbeddingList' });

export const rerankListSchema = z
  .strictObject({
    object: z.literal('list'),
    model: z.string(),
    method: z.enum(['classifier', 'embedding']).meta({
      description: '`classifier`: the model was trained to rank. `embedding`: by the angle between embeddings.',
    }),
    results: z.array(
      z.strictObject({
        index: count,
        relevance_score: z.number(),
        document: z.strictObject({ text: z.string() }).optional(),
      }),
    ),
    usage: promptUsage,
  })
  .meta({ id: 'RerankList' });

export const openAiModel = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
  })
  .meta({ id: 'OpenAiModel' });

export const openAiModelList = z
  .strictObject({ object: z.literal('list'), data: z.array(openAiModel) })
  .meta({ id: 'OpenAiModelList' });
