import { Template } from '@huggingface/jinja';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { ChatMessage } from '../protocol/generation.ts';

/** A piece of a rendered chat: `isControl` where control tokens count as such, not where they are only text. */
export interface PromptPart {
  readonly text: string;
  readonly isControl: boolean;
}

export interface ChatTemplateOptions {
  /** Jinja source; `undefined` where the model file brings none. */
  readonly source: string | undefined;
  readonly bosToken: string;
  readonly eosToken: string;
  /** True when a text would be read as a control token of this model. */
  readonly hasControlToken: (text: string) => boolean;
}

/** Renders messages the way the model was trained to read them. */
export type RenderChat = (messages: readonly ChatMessage[]) => readonly PromptPart[];

interface TemplateMessage {
  readonly role: string;
  readonly content: string;
  readonly name?: string;
}

/** For models without a template: roles as words, which any model can follow more or less. */
const PLAIN = `{% for message in messages %}{{ message['role'] | capitalize + ': ' + message['content'] + '\\n\\n' }}{% endfor %}Assistant:`;

/** Compiles the chat template of a model once. */
export const createChatTemplate = ({
  source,
  bosToken,
  eosToken,
  hasControlToken,
}: ChatTemplateOptions): RenderChat => {
  const template = new Template(source ?? PLAIN);
  const render: Render = (messages) =>
    template.render({ messages, bos_token: bosToken, eos_token: eosToken, add_generation_prompt: true });

  const renderOnce = (messages: readonly TemplateMessage[], isHostile: boolean): Rendering =>
    isHostile ? renderApart(messages, render) : renderWhole(messages, render);

  return (messages) => {
    const isHostile = messages.some(({ content }) => hasControlToken(content));
    const toMessage = (message: ChatMessage) => toTemplateMessage(message, hasControlToken);
    let incomplete: Rendering | undefined;
    let refusal: unknown;
    for (const attempt of [messages.map(toMessage), toAlternating(messages)]) {
      try {
        const rendering = renderOnce(attempt, isHostile);
        if (rendering.isComplete) return rendering.parts;
        incomplete ??= rendering;
      } catch (error) {
        refusal ??= error;
      }
    }
    if (incomplete === undefined) throw refusedBy(refusal);
    return incomplete.parts;
  };
};

interface Rendering {
  readonly parts: readonly PromptPart[];
  /** False when the template left a message out, as some do with roles they do not know. */
  readonly isComplete: boolean;
}

type Render = (messages: readonly TemplateMessage[]) => string;

const renderWhole = (messages: readonly TemplateMessage[], render: Render): Rendering => {
  const text = render(messages);
  // Of the assistant's turns templates may cut the thoughts; everybody else's words must be there.
  const isThere = ({ role, content }: TemplateMessage) => role === 'assistant' || text.includes(content.trim());
  return { parts: [{ text, isControl: true }], isComplete: messages.every(isThere) };
};

/**
 * Renders with markers in place of the messages and puts the messages in afterwards, so that no text of a user is ever
 * read as a control token. Whether the space around a marker survived shows whether the template trims there.
 */
const renderApart = (messages: readonly TemplateMessage[], render: Render): Rendering => {
  const text = render(messages.map((message, index) => ({ ...message, content: ` \u{e0fe}${index}\u{e0ff} ` })));
  const parts: PromptPart[] = [];
  const seen = new Set<number>();
  let from = 0;
  for (const match of text.matchAll(MARKER)) {
    const [marker, before, number, after] = match;
    const index = Number(number);
    const content = messages[index]?.content ?? '';
    const start = before === '' ? content.trimStart() : content;
    parts.push({ text: text.slice(from, match.index), isControl: true });
    parts.push({ text: after === '' ? start.trimEnd() : start, isControl: false });
    seen.add(index);
    from = match.index + marker.length;
  }
  parts.push({ text: text.slice(from), isControl: true });
  return { parts: parts.filter((part) => part.text !== ''), isComplete: seen.size === messages.length };
};

// Private-use characters: no template looks at them.
const MARKER = /( ?)\u{e0fe}(\d+)\u{e0ff}( ?)/gu;

const toTemplateMessage = (
  { role, content, name }: ChatMessage,
  hasControlToken: (text: string) => boolean,
): TemplateMessage => ({
  role: role === 'developer' ? 'system' : role,
  content,
  ...(name === undefined || hasControlToken(name) ? {} : { name }),
});

/**
 * The same conversation for templates that accept nothing but user and assistant in turn: instructions go in front of
 * the first user message, tool results count as the user's, neighbours of one role become one message.
 */
const toAlternating = (messages: readonly ChatMessage[]): TemplateMessage[] => {
  const result: { role: string; content: string }[] = [];
  for (const { role, content } of messages) {
    const simple = role === 'assistant' ? 'assistant' : 'user';
    const last = result.at(-1);
    if (last?.role === simple) last.content += `\n\n${content}`;
    else result.push({ role: simple, content });
  }
  return result;
};

const refusedBy = (cause: unknown): ServiceError => {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new ServiceError(
    'ERR_MODELS_CAPABILITY',
    `the chat template of the model refuses these messages: ${reason}; change the order of roles, or send a text prompt`,
    { cause },
  );
};
