import { rerankList } from '../../respond/vectors.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, callOf, type GenerationDeps, noteComputed } from './generation.ts';
import { choiceOf } from './openai-envelope.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { rerankListSchema } from './schemas-openai-lists.ts';
import { rerankBody } from './schemas-openai-text.ts';

/** `POST /v1/rerank`, in the shape other servers answer it with. */
export const rerankOperations = (deps: Pick<GenerationDeps, 'flow' | 'rateHeaders'>): Operation[] => [
  defineOperation({
    id: 'rerank',
    method: 'post',
    path: '/v1/rerank',
    tag: 'OpenAI',
    summary: 'Order documents by how well they answer a query',
    description: `Not OpenAI's; the shape is that of Jina, Cohere and llama-server. ${RATE_HEADERS_NOTE}`,
    access: 'inference',
    dialect: 'openai',
    sheds: true,
    body: rerankBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The best document first; `index` is its place in the request.',
        content: { 'application/json': rerankListSchema },
      },
    },
    handle(request) {
      const { body } = request;
      const documents = body.documents.map((entry) => (typeof entry === 'string' ? entry : entry.text));
      return answerJson(request, deps, async () => {
        const call = callOf(request, choiceOf(body));
        const ranked = await deps.flow.compute({ ...call, task: { kind: 'rerank', query: body.query, documents } });
        noteComputed(request.context, ranked);
        return rerankList(ranked, {
          top: body.top_n ?? documents.length,
          ...(body.return_documents === true ? { documents } : {}),
        });
      });
    },
  }),
];
