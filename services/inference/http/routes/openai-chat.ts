import type { GenerationCall } from '../../call.ts';
import { collectAnswer } from '../../respond/answer.ts';
import { chatCompletion } from '../../respond/openai.ts';
import { chatStream } from '../../respond/openai-stream.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, answerStream, callOf, noteEvent } from './generation.ts';
import { choiceOf, envelopeOf, type OpenAiDeps, streamPartsOf } from './openai-envelope.ts';
import { messagesOf, responseFormatOf } from './openai-messages.ts';
import { refuseUnsupportedChat, samplingOf } from './openai-parameters.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { type ChatBody, chatBody } from './schemas-openai.ts';
import { chatCompletionSchema, chatStreamSchema } from './schemas-openai-answers.ts';

/** `POST /v1/chat/completions`. */
export const chatOperations = (deps: OpenAiDeps): Operation[] => [
  defineOperation({
    id: 'createChatCompletion',
    method: 'post',
    path: '/v1/chat/completions',
    tag: 'OpenAI',
    summary: 'Answer a conversation',
    description: `What the official clients call. ${RATE_HEADERS_NOTE}`,
    access: 'inference',
    dialect: 'openai',
    body: chatBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The answer; with `stream` its chunks.',
        content: { 'application/json': chatCompletionSchema, 'text/event-stream': chatStreamSchema },
      },
    },
    handle(request) {
      const { body } = request;
      const call: GenerationCall = {
        ...callOf(request, choiceOf(body)),
        request: requestOf(body, deps.limits().maxOutputTokens),
      };
      const events = deps.flow.generate(call);
      if (body.stream === true) {
        const parts = streamPartsOf(request, deps, 'chatcmpl', body.stream_options);
        return answerStream(request, deps, events, chatStream(parts));
      }
      return answerJson(request, deps, async () => {
        const answer = await collectAnswer(events, (event) => noteEvent(request.context, event));
        return chatCompletion(answer, envelopeOf(deps, 'chatcmpl', answer.model));
      });
    },
  }),
];

const requestOf = (body: ChatBody, maxOutputTokens: number): GenerationCall['request'] => {
  refuseUnsupportedChat(body);
  return {
    input: { kind: 'chat', messages: messagesOf(body.messages) },
    ...samplingOf(body, maxOutputTokens),
    responseFormat: responseFormatOf(body.response_format),
  };
};
