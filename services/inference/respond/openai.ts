import type { FinishReason, ToolCall, Usage } from '../../engine/protocol/generation.ts';
import type { Answer, ChoiceAnswer } from './answer.ts';
import { chatLogprobs, type Echo, textLogprobsAfter } from './logprobs.ts';

/** What an answer of the OpenAI dialect says about itself, besides its content. */
export interface OpenAiEnvelope {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** Names the back-end configuration: equal seeds give equal answers only under an equal fingerprint. */
  readonly fingerprint: string;
}

/** By which API a client described its tools, and so how it is told of calls; `functions` is the deprecated one. */
export type ToolStyle = 'tools' | 'functions';

/** Token counts in OpenAI's words. */
export const openAiUsage = ({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: Usage) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: cachedTokens },
  ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
});

/** The end of an answer in the words of the API its tools came by. */
export const finishReasonOf = (reason: FinishReason, style: ToolStyle) =>
  reason === 'tool_calls' && style === 'functions' ? 'function_call' : reason;

/** `chat.completion`. */
export const chatCompletion = (
  answer: Answer,
  { id, created, fingerprint }: OpenAiEnvelope,
  style: ToolStyle = 'tools',
) => ({
  id,
  object: 'chat.completion' as const,
  created,
  model: answer.model,
  system_fingerprint: fingerprint,
  choices: answer.choices.map((choice, index) => ({
    index,
    message: messageOf(choice, style),
    logprobs: chatLogprobs(choice.logprobs),
    finish_reason: finishReasonOf(choice.reason, style),
  })),
  usage: openAiUsage(answer.finished.usage),
});

const messageOf = ({ text, reasoning, toolCalls }: ChoiceAnswer, style: ToolStyle) => ({
  role: 'assistant' as const,
  content: text === '' && toolCalls.length > 0 ? null : text,
  refusal: null,
  ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
  ...(toolCalls.length === 0 ? {} : callsOf(toolCalls, style)),
});

const callsOf = (calls: readonly ToolCall[], style: ToolStyle) => {
  const [first] = calls;
  if (style === 'functions' && first !== undefined) {
    return { function_call: { name: first.name, arguments: first.arguments } };
  }
  return {
    tool_calls: calls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: text },
    })),
  };
};

const NO_ECHO: Echo = { text: '' };

/** `text_completion`; `echoes` holds what comes before the text of each choice. */
export const textCompletion = (
  answer: Answer,
  { id, created, fingerprint }: OpenAiEnvelope,
  echoes: readonly Echo[],
) => ({
  id,
  object: 'text_completion' as const,
  created,
  model: answer.model,
  system_fingerprint: fingerprint,
  choices: answer.choices.map(({ text, logprobs, reason }, index) => {
    const echo = echoes[index] ?? NO_ECHO;
    const told = [...(echo.logprobs ?? []), ...(logprobs ?? [])];
    const isTold = echo.logprobs !== undefined || logprobs !== undefined;
    return {
      index,
      text: echo.text + text,
      logprobs: isTold ? textLogprobsAfter(echo)(told) : null,
      finish_reason: reason,
    };
  }),
  usage: openAiUsage(answer.finished.usage),
});

/** One model as OpenAI lists it. */
export const modelEntry = (id: string, created: number) => ({
  id,
  object: 'model' as const,
  created,
  owned_by: 'clawdbot',
});

/** A list in OpenAI's shape. */
export const listOf = <Entry>(data: readonly Entry[]) => ({ object: 'list' as const, data });
