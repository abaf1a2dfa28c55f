import type { z } from 'zod';
import type { ChatMessage, GenerationInput, ReasoningEffort, ToolUse } from '../../../engine/protocol/generation.ts';
import { given } from './given.ts';
import { invalidField } from './refusals.ts';
import type { chatMessage } from './schemas-inference.ts';

type MessageBody = z.output<typeof chatMessage>;

interface Asked {
  readonly prompt?: string | undefined;
  readonly messages?: readonly MessageBody[] | undefined;
  readonly model?: string | undefined;
  readonly scenario?: string | undefined;
}

interface ChatOptions {
  readonly toolUse: ToolUse | undefined;
  readonly reasoningEffort: ReasoningEffort | undefined;
  readonly templateVariables: Readonly<Record<string, unknown>> | undefined;
}

/** The prompt or the conversation, whichever was sent; what only a conversation can have is refused with a prompt. */
export const inputOf = (body: Asked, options: ChatOptions): GenerationInput => {
  const { prompt, messages } = body;
  if ((prompt === undefined) === (messages === undefined)) {
    const got = prompt === undefined ? 'neither' : 'both';
    throw invalidField('prompt', 'exactly one of `prompt` and `messages`', got);
  }
  if (body.model !== undefined && body.scenario !== undefined) {
    throw invalidField('scenario', 'at most one of `model` and `scenario`', 'both');
  }
  if (messages !== undefined) return { kind: 'chat', messages: messages.map(messageOf), ...given(options) };
  const [field] = Object.keys(given(options));
  if (field !== undefined) {
    const name = field === 'toolUse' ? 'tools' : field;
    throw invalidField(name, 'nothing with `prompt`', 'a value', 'send `messages` instead');
  }
  return { kind: 'text', prompt: prompt ?? '' };
};

const messageOf = ({ role, content, ...rest }: MessageBody, index: number): ChatMessage => {
  if (role === 'tool' && rest.toolCallId === undefined) {
    throw invalidField(`messages[${index}].toolCallId`, 'the id of the call it answers', 'nothing');
  }
  if (role !== 'assistant' && rest.toolCalls !== undefined) {
    throw invalidField(`messages[${index}].toolCalls`, 'nothing but in an assistant message', 'a list');
  }
  return { role, content, ...given(rest) };
};
