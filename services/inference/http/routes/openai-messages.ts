import type { ChatMessage, ResponseFormat, ToolCall } from '../../../engine/protocol/generation.ts';
import { invalidField, kindOf, unsupportedContent } from './refusals.ts';
import type { ChatBody, ChatMessageBody } from './schemas-openai-chat.ts';

/** The conversation as the engine reads it; parts become one text, what is not text is refused by name. */
export const messagesOf = (messages: readonly ChatMessageBody[]): readonly ChatMessage[] =>
  messages.map((message, index) => messageOf(message, `messages[${index}]`));

const messageOf = (message: ChatMessageBody, path: string): ChatMessage => {
  if (message.audio !== undefined && message.audio !== null) throw unsupportedContent(`${path}.audio`, 'audio');
  const toolCalls = callsOf(message, path);
  const content = contentOf(message, path);
  const { role, name, reasoning_content: reasoning } = message;
  return {
    role: role === 'function' ? 'tool' : role,
    content,
    ...(name === undefined ? {} : { name }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...toolCallIdOf(message, path),
    ...(role === 'assistant' && reasoning !== undefined && reasoning !== null && reasoning !== '' ? { reasoning } : {}),
  };
};

/** The deprecated API gives its calls no ids; one call an answer needs no other. */
const FUNCTION_CALL_ID = 'call_function';

const callsOf = ({ role, tool_calls, function_call }: ChatMessageBody, path: string): readonly ToolCall[] => {
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({
    id,
    name,
    arguments: text,
  }));
  if (function_call !== undefined && function_call !== null) calls.push({ id: FUNCTION_CALL_ID, ...function_call });
  if (calls.length > 0 && role !== 'assistant') {
    throw invalidField(`${path}.tool_calls`, 'nothing but in an assistant message', kindOf(calls));
  }
  return calls;
};

const toolCallIdOf = ({ role, tool_call_id: id }: ChatMessageBody, path: string): Pick<ChatMessage, 'toolCallId'> => {
  if (role === 'function') return { toolCallId: FUNCTION_CALL_ID };
  if (role === 'tool' && id === undefined) {
    throw invalidField(`${path}.tool_call_id`, 'the id of the call it answers', 'nothing');
  }
  return id === undefined ? {} : { toolCallId: id };
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
