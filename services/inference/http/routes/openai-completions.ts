import type { GenerationCall } from '../../call.ts';
import { collectAnswer } from '../../respond/answer.ts';
import { echoesFor, keepBest } from '../../respond/best-of.ts';
import { textCompletion } from '../../respond/openai.ts';
import { textStream } from '../../respond/openai-text-stream.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, answerStream, CACHE_HEADER, callOf, noteEvent, pacing } from './generation.ts';
import { choiceOf, envelopeOf, type OpenAiDeps, streamPartsOf, urgencyOf } from './openai-envelope.ts';
import { refuseUnsupportedCompletion, samplingOf, withGrammar } from './openai-parameters.ts';
import { echoesOf, generateAll, promptsOf } from './openai-prompts.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { invalidField } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { textCompletionSchema, textStreamSchema } from './schemas-openai-answers.ts';
import { type CompletionBody, completionBody } from './schemas-openai-text.ts';

/** `POST /v1/completions`. */
export const completionOperations = (deps: OpenAiDeps): Operation[] => [
  defineOperation({
    id: 'createCompletion',
    method: 'post',
    path: '/v1/completions',
    tag: 'OpenAI',
    summary: 'Continue a text',
    description: `The prompt goes to the model as it is, without a chat template. ${RATE_HEADERS_NOTE}`,
    access: 'inference',
    dialect: 'openai',
    sheds: true,
    body: completionBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The continuation; with `stream` its chunks.',
        content: { 'application/json': textCompletionSchema, 'text/event-stream': textStreamSchema },
        headers: CACHE_HEADER,
      },
    },
    async handle(request) {
      const { body } = request;
      refuseUnsupportedCompletion(body);
      checkTogether(body);
      const prompts = promptsOf(body);
      const wanted = body.n ?? 1;
      const choicesEach = Math.max(wanted, body.best_of ?? 1);
      const call: Omit<GenerationCall, 'request'> = {
        ...callOf(request, { ...choiceOf(body), ...urgencyOf(body, deps.steadyNow()) }),
        ...(choicesEach === 1 ? {} : { choices: choicesEach }),
      };
      const generation = { ...requestOf(body, deps.limits().maxOutputTokens), ...pacing(body.stream) };
      const echoes = body.echo === true ? await echoesOf(deps.flow, call, prompts, body.logprobs) : [];
      const events = generateAll(deps.flow, { call, request: generation, prompts });
      if (body.stream === true) {
        const choices = prompts.length * choicesEach;
        const parts = streamPartsOf(request, deps, { prefix: 'cmpl', options: body.stream_options, choices });
        return answerStream(request, deps, events, textStream(parts, echoes));
      }
      return answerJson(request, deps, async () => {
        const all = await collectAnswer(events, (event) => noteEvent(request.context, event));
        const answer =
          choicesEach === wanted ? all : keepBest(all, { each: choicesEach, wanted, isTold: isTold(body) });
        return textCompletion(answer, envelopeOf(deps, 'cmpl', answer.model), echoesFor(echoes, choicesEach, wanted));
      });
    },
  }),
];

const requestOf = (body: CompletionBody, maxOutputTokens: number): Omit<GenerationCall['request'], 'input'> => {
  // The best are told by the likelihood of their tokens, whether or not anybody asked for it.
  const needed = isTold(body) || (body.best_of ?? 1) > (body.n ?? 1);
  return {
    ...samplingOf(body, maxOutputTokens),
    ...(needed ? { logprobs: body.logprobs ?? 0 } : {}),
    responseFormat: withGrammar(body.grammar, { type: 'text' }),
  };
};

const isTold = ({ logprobs }: CompletionBody): boolean => logprobs !== undefined && logprobs !== null;

const checkTogether = ({ best_of: bestOf, n, echo, max_tokens: maxTokens, stream }: CompletionBody): void => {
  if (maxTokens === 0 && echo !== true) throw invalidField('max_tokens', 'at least 1 without `echo`', '0');
  const choices = n ?? 1;
  if (bestOf === undefined || bestOf === null || bestOf === choices) return;
  if (bestOf < choices) throw invalidField('best_of', `at least n, ${choices}`, String(bestOf));
  if (stream === true) throw invalidField('best_of', `n, ${choices}, with \`stream\``, String(bestOf));
};
