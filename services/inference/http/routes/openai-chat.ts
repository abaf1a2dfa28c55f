import type { GenerationCall } from '../../call.ts';
import { collectAnswer } from '../../respond/answer.ts';
import { chatCompletion } from '../../respond/openai.ts';
import { chatStream } from '../../respond/openai-stream.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { answerJson, answerStream, CACHE_HEADER, callOf, noteEvent, pacing } from './generation.ts';
import { choiceOf, envelopeOf, type OpenAiDeps, streamPartsOf, urgencyOf } from './openai-envelope.ts';
import { messagesOf, responseFormatOf } from './openai-messages.ts';
import { refuseUnsupportedChat, samplingOf, withGrammar } from './openai-parameters.ts';
import { type ChatTools, chatToolsOf } from './openai-tools.ts';
import { OPENAI_ERRORS } from './operation-errors.ts';
import { invalidField } from './refusals.ts';
import { RATE_HEADERS_NOTE } from './schemas.ts';
import { chatCompletionSchema, chatStreamSchema } from './schemas-openai-answers.ts';
import { type ChatBody, chatBody } from './schemas-openai-chat.ts';

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
    sheds: true,
    body: chatBody,
    errors: OPENAI_ERRORS,
    answers: {
      200: {
        description: 'The answer; with `stream` its chunks.',
        content: { 'application/json': chatCompletionSchema, 'text/event-stream': chatStreamSchema },
        headers: CACHE_HEADER,
      },
    },
    handle(request) {
      const { body } = request;
      refuseUnsupportedChat(body);
      const tools = chatToolsOf(body);
      const choices = body.n ?? 1;
      const call: GenerationCall = {
        ...callOf(request, { ...choiceOf(body), ...urgencyOf(body, deps.steadyNow()) }),
        request: { ...requestOf(body, tools, deps.limits().maxOutputTokens), ...pacing(body.stream) },
        ...(choices === 1 ? {} : { choices }),
      };
      const events = deps.flow.generate(call);
      if (body.stream === true) {
        const parts = streamPartsOf(request, deps, { prefix: 'chatcmpl', options: body.stream_options, choices });
        return answerStream(
          request,
          deps,
          events,
          chatStream(tools === undefined ? parts : { ...parts, tools: tools.style }),
        );
      }
      return answerJson(request, deps, async () => {
        const answer = await collectAnswer(events, (event) => noteEvent(request.context, event));
        return chatCompletion(answer, envelopeOf(deps, 'chatcmpl', answer.model), tools?.style);
      });
    },
  }),
];

const requestOf = (
  body: ChatBody,
  tools: ChatTools | undefined,
  maxOutputTokens: number,
): GenerationCall['request'] => {
  const { reasoning_effort: reasoningEffort, chat_template_kwargs: templateVariables } = body;
  return {
    input: {
      kind: 'chat',
      messages: messagesOf(body.messages),
      ...(tools === undefined ? {} : { toolUse: tools.use }),
      ...(reasoningEffort === undefined || reasoningEffort === null ? {} : { reasoningEffort }),
      ...(templateVariables === undefined || templateVariables === null ? {} : { templateVariables }),
    },
    ...samplingOf(body, maxOutputTokens),
    ...logprobsOf(body),
    responseFormat: withGrammar(body.grammar, responseFormatOf(body.response_format)),
  };
};

const logprobsOf = ({ logprobs, top_logprobs: top }: ChatBody): { readonly logprobs?: number } => {
  if (logprobs === true) return { logprobs: top ?? 0 };
  if (top === undefined || top === null || top === 0) return {};
  throw invalidField('top_logprobs', 'nothing without `logprobs: true`', String(top), 'send `logprobs: true`');
};
