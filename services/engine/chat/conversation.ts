import type { ChatMessage, Tool, ToolCall } from '../protocol/generation.ts';
import { parseJson } from './json-reading.ts';

/** A message as templates read them. */
export interface TemplateMessage {
  readonly role: string;
  readonly content: string | null;
  readonly name?: string;
  readonly tool_calls?: readonly TemplateCall[];
  readonly tool_call_id?: string;
  readonly reasoning_content?: string;
}

export interface TemplateCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/** How a template wants calls of tools told. */
export interface CallForm {
  /** Ids of exactly this length; absent: any. */
  readonly idLength?: number | undefined;
  /** Arguments as the JSON text they came as, not as an object. */
  readonly hasTextArguments: boolean;
  /** A message that only calls has no content, rather than an empty one. */
  readonly hasNullContent: boolean;
}

/** The conversation for a template that knows tools. */
export const toTemplateMessages = (messages: readonly ChatMessage[], form: CallForm): TemplateMessage[] => {
  const ids = createIds(form.idLength);
  const names = new Map<string, string>();
  return messages.map(({ role, content, name, toolCalls, toolCallId, reasoning }) => {
    for (const call of toolCalls ?? []) names.set(call.id, call.name);
    const called = toolCallId === undefined ? undefined : names.get(toolCallId);
    const said = name ?? called;
    return {
      role: role === 'developer' ? 'system' : role,
      content: toolCalls !== undefined && content === '' && form.hasNullContent ? null : content,
      ...(said === undefined ? {} : { name: said }),
      ...(toolCalls === undefined || toolCalls.length === 0
        ? {}
        : { tool_calls: toolCalls.map((call) => toTemplateCall(call, form, ids)) }),
      ...(toolCallId === undefined ? {} : { tool_call_id: ids(toolCallId) }),
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    };
  });
};

const toTemplateCall = (call: ToolCall, form: CallForm, ids: (id: string) => string): TemplateCall => {
  const value = form.hasTextArguments ? undefined : parseJson(call.arguments);
  return { id: ids(call.id), type: 'function', function: { name: call.name, arguments: value ?? call.arguments } };
};

/** Numbers in place of ids for templates that accept only ids of one length. */
const createIds = (length: number | undefined): ((id: string) => string) => {
  const numbers = new Map<string, string>();
  return (id) => {
    if (length === undefined) return id;
    const known = numbers.get(id) ?? `${numbers.size + 1}`.padStart(length, '0');
    numbers.set(id, known);
    return known;
  };
};

/** Each call in a message of its own, before its result, for templates that take one call at a time. */
export const withSingleCalls = (messages: readonly ChatMessage[]): ChatMessage[] => {
  const results = new Map(messages.flatMap((message) => (isResult(message) ? [[message.toolCallId, message]] : [])));
  const told = new Set<ChatMessage>();
  return messages.flatMap((message) => {
    if (message.role === 'tool' && told.has(message)) return [];
    const { toolCalls = [], content } = message;
    if (toolCalls.length < 2) return [message];
    return toolCalls.flatMap((call, index) => {
      const result = results.get(call.id);
      if (result !== undefined) told.add(result);
      const single = { ...message, content: index === 0 ? content : '', toolCalls: [call] };
      return result === undefined ? [single] : [single, result];
    });
  });
};

const isResult = (message: ChatMessage): message is ChatMessage & { readonly toolCallId: string } =>
  message.role === 'tool' && message.toolCallId !== undefined;

/**
 * The conversation for a model that was never taught tools: they are described in the instructions, its calls are part of
 * what it said, and results come from the user.
 */
export const withoutTools = (messages: readonly ChatMessage[], tools: readonly Tool[]): ChatMessage[] => {
  const told = messages.map((message): ChatMessage => {
    const { role, content, toolCalls = [] } = message;
    if (role === 'tool') return { role: 'user', content: `<tool_response>\n${content}\n</tool_response>` };
    if (toolCalls.length === 0) return message;
    return { role, content: [content, ...toolCalls.map(callAsText)].filter((text) => text !== '').join('\n') };
  });
  if (tools.length === 0) return told;
  const [first, ...rest] = told;
  const instructions = describeTools(tools);
  if (first?.role !== 'system' && first?.role !== 'developer')
    return [{ role: 'system', content: instructions }, ...told];
  return [{ ...first, content: `${first.content}\n\n${instructions}` }, ...rest];
};

const callAsText = ({ name, arguments: given }: ToolCall): string =>
  `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${given}}\n</tool_call>`;

const describeTools = (tools: readonly Tool[]): string =>
  [
    'You may call functions to answer the user. Their signatures are within <tools></tools>:',
    '<tools>',
    ...tools.map((tool) => JSON.stringify({ type: 'function', function: tool })),
    '</tools>',
    'To call one, write a JSON object with its name and arguments within <tool_call></tool_call>:',
    '<tool_call>\n{"name": "<name of the function>", "arguments": {<its arguments>}}\n</tool_call>',
    'The results come within <tool_response></tool_response>.',
  ].join('\n');

/**
 * The same conversation for templates that accept nothing but user and assistant in turn: instructions go in front of
 * the first user message, neighbours of one role become one message.
 */
export const toAlternating = (messages: readonly ChatMessage[]): ChatMessage[] => {
  const result: { role: 'assistant' | 'user'; content: string }[] = [];
  for (const { role, content } of messages) {
    const simple = role === 'assistant' ? 'assistant' : 'user';
    const last = result.at(-1);
    if (last?.role === simple) last.content += `\n\n${content}`;
    else result.push({ role: simple, content });
  }
  return result;
};
