import type { GenerationCall } from '../../call.ts';
import { collectAnswer } from '../../respond/answer.ts';
import { textCompletion } from '../../respond/openai.ts';
import { textStream } from '../../respond/openai-stream.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, answerStream, callOf, noteEvent } from './generation.ts';
import { choiceOf, envelopeOf, type OpenAiDeps, streamPartsOf } from './openai-envelope.ts';
import { refuseUnsupportedCompletion, samplingOf } from './openai-parameters.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { invalidField, kindOf, unsupportedParameter } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { type CompletionBody, completionBody } from './schemas-openai.ts';
import { textCompletionSchema, textStreamSchema } from './schemas-openai-answers.ts';

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
    body: completionBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The continuation; with `stream` its chunks.',
        content: { 'application/json': textCompletionSchema, 'text/event-stream': textStreamSchema },
      },
    },
    handle(request) {
      const { body } = request;
      refuseUnsupportedCompletion(body);
      const prompt = promptOf(body.prompt);
      const echo = body.echo === true ? prompt : '';
      const call: GenerationCall = {
        ...callOf(request, choiceOf(body)),
        request: {
          input: { kind: 'text', prompt },
          ...samplingOf(body, deps.limits().maxOutputTokens),
          responseFormat: { type: 'text' },
        },
      };
      const events = deps.flow.generate(call);
      if (body.stream === true) {
        const parts = streamPartsOf(request, deps, 'cmpl', body.stream_options);
        return answerStream(request, deps, events, textStream(parts, echo));
      }
      return answerJson(request, deps, async () => {
        const answer = await collectAnswer(events, (event) => noteEvent(request.context, event));
        return textCompletion(answer, envelopeOf(deps, 'cmpl', answer.model), echo);
      });
    },
  }),
];

const promptOf = (prompt: CompletionBody['prompt']): string => {
  if (typeof prompt === 'string') return prompt;
  const [first, second] = prompt;
  if (typeof first === 'number' || Array.isArray(first)) throw unsupportedParameter('prompt', 'a text', 'token ids');
  if (typeof first !== 'string') throw invalidField('prompt[0]', 'a string', kindOf(first));
  if (second !== undefined) throw unsupportedParameter('prompt', 'one text', kindOf(prompt));
  if (first === '') throw invalidField('prompt[0]', 'at least 1 character', 'an empty string');
  return first;
};
