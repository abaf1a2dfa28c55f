import type { ChatMessage, ResponseFormat } from '../../../engine/protocol/generation.ts';
import { invalidField, kindOf, unsupportedContent, unsupportedParameter } from './refusals.ts';
import type { ChatBody, ChatMessageBody } from './schemas-openai.ts';

/** The conversation as the engine reads it; parts become one text, what is not text is refused by name. */
export const messagesOf = (messages: readonly ChatMessageBody[]): readonly ChatMessage[] =>
  messages.map((message, index) => {
    const path = `messages[${index}]`;
    refuseTools(message, path);
    return {
      role: message.role,
      content: contentOf(message, path),
      ...(message.name === undefined ? {} : { name: message.name }),
    };
  });

const refuseTools = (message: ChatMessageBody, path: string): void => {
  if (message.audio !== undefined && message.audio !== null) throw unsupportedContent(`${path}.audio`, 'audio');
  for (const field of ['tool_calls', 'function_call'] as const) {
    const value = message[field];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    throw unsupportedParameter(`${path}.${field}`, 'nothing', kindOf(value));
  }
};

const contentOf = ({ role, content, refusal }: ChatMessageBody, path: string): string => {
  if (typeof content === 'string') return content;
  if (content !== null && content !== undefined) {
    return content.map((part, index) => textOf(part, `${path}.content[${index}]`)).join('');
  }
  if (role === 'assistant') return refusal ?? '';
  throw invalidField(`${path}.content`, 'a string or a list of parts', kindOf(content));
};

type Part = Exclude<NonNullable<ChatMessageBody['content']>, string>[number];

const KINDS: Readonly<Record<string, string>> = {
  image_url: 'an image',
  input_audio: 'audio',
  file: 'a file',
  video_url: 'a video',
};

const textOf = (part: Part, path: string): string => {
  if (part.type !== 'text' && part.type !== 'refusal') {
    throw unsupportedContent(path, KINDS[part.type] ?? 'another kind');
  }
  const text = part[part.type];
  if (text === undefined) throw invalidField(`${path}.${part.type}`, 'a string', 'nothing');
  return text;
};

/** What the answer must look like; `json_schema` without a schema asks for JSON of any shape. */
export const responseFormatOf = (format: ChatBody['response_format']): ResponseFormat => {
  if (format === null || format === undefined) return { type: 'text' };
  if (format.type !== 'json_schema') return format;
  const { schema } = format.json_schema;
  return schema === undefined ? { type: 'json_object' } : { type: 'json_schema', schema };
};
