import type { ChatMessage, ToolCall } from '../../../engine/protocol/generation.ts';
import { invalidField, kindOf, unsupportedContent, unsupportedParameter } from './refusals.ts';
import type { ResponseBody, ResponseItemBody } from './schemas-responses.ts';

/** The conversation of a response: instructions, then the items, calls joined to the turn that made them. */
export const conversationOf = ({ instructions, input }: ResponseBody): readonly ChatMessage[] => {
  const draft = createDraft();
  if (instructions !== undefined && instructions !== null) draft.add({ role: 'system', content: instructions });
  if (typeof input === 'string') draft.add({ role: 'user', content: input });
  else for (const [index, item] of input.entries()) read(item, `input[${index}]`, draft);
  return draft.end();
};

interface Draft {
  add(message: ChatMessage): void;
  addCall(call: ToolCall): void;
  /** What the turn to come thought first. */
  addReasoning(text: string): void;
  end(): readonly ChatMessage[];
}

const createDraft = (): Draft => {
  const messages: ChatMessage[] = [];
  let reasoning = '';
  const thought = (): Pick<ChatMessage, 'reasoning'> => {
    const text = reasoning;
    reasoning = '';
    return text === '' ? {} : { reasoning: text };
  };
  return {
    add: (message) => void messages.push(message.role === 'assistant' ? { ...message, ...thought() } : message),
    addCall(call) {
      const last = messages.at(-1);
      if (last?.role !== 'assistant') {
        messages.push({ role: 'assistant', content: '', toolCalls: [call], ...thought() });
      } else {
        messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
      }
    },
    addReasoning: (text) => {
      reasoning += text;
    },
    end: () => messages,
  };
};

const read = (item: ResponseItemBody, path: string, draft: Draft): void => {
  switch (item.type ?? 'message') {
    case 'message':
      return draft.add({ role: present(item.role, `${path}.role`), content: contentOf(item, path) });
    case 'function_call':
      return draft.addCall({
        id: present(item.call_id, `${path}.call_id`),
        name: present(item.name, `${path}.name`),
        arguments: present(item.arguments, `${path}.arguments`),
      });
    case 'function_call_output':
      return draft.add({
        role: 'tool',
        content: textOf(present(item.output, `${path}.output`), `${path}.output`),
        toolCallId: present(item.call_id, `${path}.call_id`),
      });
    case 'reasoning':
      return draft.addReasoning(textOf(item.content ?? [], `${path}.content`));
    default:
      throw unsupportedParameter(
        `${path}.type`,
        '"message", "function_call", "function_call_output" or "reasoning"',
        'another kind',
      );
  }
};

const present = <Value>(value: Value | undefined, path: string): Value => {
  if (value === undefined) throw invalidField(path, 'a value', 'nothing');
  return value;
};

const contentOf = ({ content }: ResponseItemBody, path: string): string => {
  if (content === undefined || content === null) {
    throw invalidField(`${path}.content`, 'a string or a list of parts', kindOf(content));
  }
  return textOf(content, `${path}.content`);
};

type Parts = Exclude<NonNullable<ResponseItemBody['content']>, string>;

const TEXT_TYPES: ReadonlySet<string> = new Set(['input_text', 'output_text', 'text', 'reasoning_text', 'refusal']);

const KINDS: Readonly<Record<string, string>> = {
  input_image: 'an image',
  input_file: 'a file',
  input_audio: 'audio',
};

const textOf = (content: string | Parts, path: string): string => {
  if (typeof content === 'string') return content;
  return content
    .map((part, index) => {
      if (!TEXT_TYPES.has(part.type)) {
        throw unsupportedContent(`${path}[${index}]`, KINDS[part.type] ?? 'another kind');
      }
      const text = part.type === 'refusal' ? part.refusal : part.text;
      return present(text, `${path}[${index}].${part.type === 'refusal' ? 'refusal' : 'text'}`);
    })
    .join('');
};
