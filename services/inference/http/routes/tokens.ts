import type { GenerationInput } from '../../../engine/protocol/generation.ts';
import type { Computed } from '../../call.ts';
import { type AnswerDoc, defineOperation, type Operation } from '../operation.ts';
import { type Asked, answerJson, callOf, type GenerationDeps, noteComputed } from './generation.ts';
import { inputOf } from './native-input.ts';
import { WORK_ERRORS } from './operation-errors.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import {
  countAnswer,
  detokenizeAnswer,
  detokenizeBody,
  type TokenizeBody,
  tokenizeAnswer,
  tokenizeBody,
} from './schemas-tokens.ts';
import { toolOf, toolUseOf } from './tool-use.ts';

type TokenDeps = Pick<GenerationDeps, 'flow' | 'rateHeaders'>;

/** `POST /api/v1/tokenize`, `/detokenize` and `/tokens/count`. */
export const tokenOperations = (deps: TokenDeps): Operation[] => [
  tokenizing(deps, {
    id: 'tokenize',
    path: '/api/v1/tokenize',
    summary: 'Cut a text or a conversation into tokens',
    answer: { description: 'The tokens, chat template included.', content: { 'application/json': tokenizeAnswer } },
    shape: ({ model, tokens, pieces }) => ({ model, tokens, count: tokens.length, pieces }),
  }),
  tokenizing(deps, {
    id: 'countTokens',
    path: '/api/v1/tokens/count',
    summary: 'Count the tokens of a text or a conversation',
    answer: {
      description: 'How many there are, chat template included.',
      content: { 'application/json': countAnswer },
    },
    shape: ({ model, tokens }) => ({ model, count: tokens.length }),
  }),
  defineOperation({
    id: 'detokenize',
    method: 'post',
    path: '/api/v1/detokenize',
    tag: 'Inference',
    summary: 'Put tokens together to a text',
    description: RATE_HEADERS_NOTE,
    access: 'inference',
    dialect: 'native',
    sheds: true,
    body: detokenizeBody,
    errors: WORK_ERRORS,
    answers: { 200: { description: 'The text.', content: { 'application/json': detokenizeAnswer } } },
    handle(request) {
      const { model, scenario, tokens } = request.body;
      return answerJson(request, deps, async () => {
        const call = callOf(request, { model, scenario });
        const computed = await deps.flow.compute({ ...call, task: { kind: 'detokenize', tokens } });
        noteComputed(request.context, computed);
        return { model: computed.model, text: computed.text };
      });
    },
  }),
];

interface Tokenizing {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly answer: AnswerDoc;
  readonly shape: (computed: Computed<'tokenize'>) => unknown;
}

const tokenizing = (deps: TokenDeps, { id, path, summary, answer, shape }: Tokenizing): Operation =>
  defineOperation({
    id,
    method: 'post',
    path,
    tag: 'Inference',
    summary,
    description: RATE_HEADERS_NOTE,
    access: 'inference',
    dialect: 'native',
    sheds: true,
    body: tokenizeBody,
    errors: WORK_ERRORS,
    answers: { 200: answer },
    handle(request) {
      return answerJson(request, deps, async () => shape(await tokenize(request, request.body, deps)));
    },
  });

const tokenize = async (asked: Asked, body: TokenizeBody, { flow }: TokenDeps): Promise<Computed<'tokenize'>> => {
  const { model, scenario } = body;
  const call = callOf(asked, { model, scenario });
  const computed = await flow.compute({ ...call, task: { kind: 'tokenize', input: tokenInputOf(body) } });
  noteComputed(asked.context, computed);
  return computed;
};

const tokenInputOf = (body: TokenizeBody): GenerationInput => {
  const fields = { tools: 'tools', choice: 'toolChoice' } as const;
  const toolUse = toolUseOf({ tools: (body.tools ?? []).map(toolOf), choice: 'auto', isParallel: true, fields });
  return inputOf(body, { toolUse, reasoningEffort: undefined, templateVariables: body.templateVariables });
};
