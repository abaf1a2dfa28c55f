import type { Computed } from '../../call.ts';
import { embeddingList } from '../../respond/vectors.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, callOf, type GenerationDeps, noteComputed } from './generation.ts';
import { choiceOf } from './openai-envelope.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { unsupportedParameter } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { embeddingListSchema } from './schemas-openai-lists.ts';
import { type EmbeddingBody, embeddingBody } from './schemas-openai-text.ts';
import { entriesOf } from './token-lists.ts';

/** `POST /v1/embeddings`. */
export const embeddingOperations = (deps: Pick<GenerationDeps, 'flow' | 'rateHeaders'>): Operation[] => [
  defineOperation({
    id: 'createEmbedding',
    method: 'post',
    path: '/v1/embeddings',
    tag: 'OpenAI',
    summary: 'Turn texts into vectors',
    description: RATE_HEADERS_NOTE,
    access: 'inference',
    dialect: 'openai',
    sheds: true,
    body: embeddingBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: { description: 'One vector per text, in order.', content: { 'application/json': embeddingListSchema } },
    },
    handle(request) {
      const { body } = request;
      const inputs = entriesOf(body.input, 'input');
      return answerJson(request, deps, async () => {
        const call = callOf(request, choiceOf(body));
        const embeddings = await deps.flow.compute({ ...call, task: { kind: 'embed', inputs } });
        checkDimensions(body, embeddings);
        noteComputed(request.context, embeddings);
        return embeddingList(embeddings, body.encoding_format ?? 'float');
      });
    },
  }),
];

// Known only from a vector: what an upstream serves says nothing about itself beforehand.
const checkDimensions = ({ dimensions }: EmbeddingBody, { vectors }: Computed<'embed'>): void => {
  const length = vectors[0]?.length;
  if (dimensions === null || dimensions === undefined || length === undefined || length === dimensions) return;
  throw unsupportedParameter('dimensions', `${length}, what the model gives`, String(dimensions));
};
