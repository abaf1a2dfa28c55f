import type { Embeddings } from '../../call.ts';
import { embeddingList } from '../../respond/openai.ts';
import { noteAccess } from '../exchange.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, callOf, type GenerationDeps } from './generation.ts';
import { choiceOf } from './openai-envelope.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { invalidField, kindOf, unsupportedParameter } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { type EmbeddingBody, embeddingBody } from './schemas-openai.ts';
import { embeddingListSchema } from './schemas-openai-answers.ts';

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
    body: embeddingBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: { description: 'One vector per text, in order.', content: { 'application/json': embeddingListSchema } },
    },
    handle(request) {
      const { body } = request;
      const inputs = inputsOf(body.input);
      return answerJson(request, deps, async () => {
        const call = callOf(request, choiceOf(body));
        const embeddings = await deps.flow.embed({ ...call, inputs });
        checkDimensions(body, embeddings);
        noteAccess(request.context, {
          model: embeddings.model,
          outcome: 'ok',
          promptTokens: embeddings.promptTokens,
        });
        return embeddingList(embeddings, body.encoding_format ?? 'float');
      });
    },
  }),
];

const inputsOf = (input: EmbeddingBody['input']): readonly string[] => {
  if (typeof input === 'string') return [input];
  return input.map((entry, index) => {
    if (typeof entry === 'number' || Array.isArray(entry)) throw unsupportedParameter('input', 'texts', 'token ids');
    if (typeof entry !== 'string') throw invalidField(`input[${index}]`, 'a string', kindOf(entry));
    if (entry === '') throw invalidField(`input[${index}]`, 'at least 1 character', 'an empty string');
    return entry;
  });
};

// Known only from a vector: what an upstream serves says nothing about itself beforehand.
const checkDimensions = ({ dimensions }: EmbeddingBody, { vectors }: Embeddings): void => {
  const length = vectors[0]?.length;
  if (dimensions === null || dimensions === undefined || length === undefined || length === dimensions) return;
  throw unsupportedParameter('dimensions', `${length}, what the model gives`, String(dimensions));
};
