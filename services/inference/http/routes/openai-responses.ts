import { randomUUID } from 'node:crypto';
import type { ServiceError } from '../../../../core/errors/service-error.ts';
import { collectAnswer } from '../../respond/answer.ts';
import { type ResponseEnvelope, responseOf } from '../../respond/responses.ts';
import { responseStream } from '../../respond/responses-stream.ts';
import { openAiError } from '../errors.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, answerStream, CACHE_HEADER, callOf, noteEvent, pacing } from './generation.ts';
import { choiceOf, type OpenAiDeps, secondsOf, urgencyOf } from './openai-envelope.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { repeatedParameters, responseRequestOf } from './responses-request.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { type ResponseBody, responseBody } from './schemas-responses.ts';
import { responseEventSchema, responseSchema } from './schemas-responses-answers.ts';

/** `POST /v1/responses`, without state: nothing is kept that a later request could refer to. */
export const responseOperations = (deps: OpenAiDeps): Operation[] => [
  defineOperation({
    id: 'createResponse',
    method: 'post',
    path: '/v1/responses',
    tag: 'OpenAI',
    summary: 'Answer a conversation in the shape of the Responses API',
    description: [
      'The part of the API that needs no memory: text, tools, streaming. Responses are not stored, so that a',
      'conversation is sent whole each time.',
      RATE_HEADERS_NOTE,
    ].join(' '),
    access: 'inference',
    dialect: 'openai',
    sheds: true,
    body: responseBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The response; with `stream` its events.',
        content: { 'application/json': responseSchema, 'text/event-stream': responseEventSchema },
        headers: CACHE_HEADER,
      },
    },
    handle(request) {
      const { body } = request;
      const call = callOf(request, { ...choiceOf(body), ...urgencyOf(body, deps.steadyNow()) });
      const generation = { ...responseRequestOf(body, deps.limits().maxOutputTokens), ...pacing(body.stream) };
      const events = deps.flow.generate({ ...call, request: generation });
      const envelope = envelopeOf(body, deps.now());
      if (body.stream === true) {
        return answerStream(request, deps, events, responseStream({ ...envelope, renderError }));
      }
      return answerJson(request, deps, async () =>
        responseOf(await collectAnswer(events, (event) => noteEvent(request.context, event)), envelope),
      );
    },
  }),
];

// In the stream of this API `type` names the event, not the kind of the error.
const renderError = (error: ServiceError): object => {
  const { type: _, ...rest } = openAiError(error);
  return rest;
};

const envelopeOf = (body: ResponseBody, now: number): ResponseEnvelope => ({
  id: `resp_${randomUUID().replaceAll('-', '')}`,
  created: secondsOf(now),
  parameters: repeatedParameters(body),
});
