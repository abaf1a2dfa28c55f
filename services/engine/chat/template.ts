import { Template } from '@huggingface/jinja';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Tool } from '../protocol/generation.ts';
import { type ControlNames, compileControlNames } from './control-names.ts';
import type { TemplateMessage } from './conversation.ts';
import { createMarking, type Marking, type PromptPart } from './marking.ts';
import { findThinking } from './thinking.ts';
import { compileBreaker, findTurnMarks } from './turn-marks.ts';

export interface TemplateOptions {
  /** Jinja source; `undefined` where the model file brings none. */
  readonly source: string | undefined;
  readonly bosToken: string;
  readonly eosToken: string;
  /** The names of the tokens of this model that are no text. */
  readonly controlNames: readonly string[];
  /** Those of tokens that count as text, but are recognised in any text (`user defined`). */
  readonly textNames?: readonly string[];
}

/** What a template is given. */
export interface TemplateInput {
  readonly messages: readonly TemplateMessage[];
  readonly tools?: readonly Tool[] | undefined;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Rendering {
  readonly parts: readonly PromptPart[];
  /** False when the template left a message out, as some do with roles they do not know. */
  readonly isComplete: boolean;
}

/** Renders a conversation; throws what the template throws. */
export type Render = (input: TemplateInput) => Rendering;

/** For models without a template: roles as words, which any model can follow more or less. */
export const PLAIN_TEMPLATE = `{% for message in messages %}{{ message['role'] | capitalize + ': ' + message['content'] + '\\n\\n' }}{% endfor %}Assistant:`;

/** Compiles a chat template. Nothing of what it is given but the template itself can become a control token. */
export const compileTemplate = ({
  source,
  bosToken,
  eosToken,
  controlNames,
  textNames = [],
}: TemplateOptions): Render => {
  const template = new Template(source ?? PLAIN_TEMPLATE);
  const render = ({ messages, tools, variables }: TemplateInput): string =>
    template.render({
      ...variables,
      messages,
      ...(tools === undefined ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
      bos_token: bosToken,
      eos_token: eosToken,
      add_generation_prompt: true,
    });

  const { begin = '', end = '' } = findThinking(source ?? PLAIN_TEMPLATE) ?? {};
  const marks = findTurnMarks(textNames, probe(render), [begin, end]);
  const names = compileControlNames([...controlNames, ...marks]);
  const breakUp = compileBreaker(marks);
  const renderSafely = (input: TemplateInput): Rendering => {
    refuseControl(input.variables, names.isNear);
    const told = { messages: input.messages, tools: input.tools };
    if (holds(told, names.isNear)) return renderApart(input, render, names.isNear);
    const whole = renderWhole(input, render);
    if (!holds(told, names.mayMake)) return whole;
    // What a template cuts out of a text, or joins, may become a token that was in none of them.
    const apart = renderApart(input, render, names.mayMake);
    return countControls(whole, names) > countControls(apart, names) ? apart : whole;
  };
  return (input) => {
    const { parts, isComplete } = renderSafely(input);
    return { parts: breakUp(parts), isComplete };
  };
};

const PROBE = ['user', 'assistant', 'user'].map((role) => ({ role, content: 'probe' }));

/** What the template puts around the turns of a conversation; nothing where it wants another kind of conversation. */
const probe = (render: (input: TemplateInput) => string): string => {
  try {
    return render({ messages: PROBE });
  } catch {
    return '';
  }
};

const countControls = ({ parts }: Rendering, { count }: ControlNames): number =>
  parts.reduce((sum, { text, isControl }) => (isControl ? sum + count(text) : sum), 0);

const renderWhole = (input: TemplateInput, render: (input: TemplateInput) => string): Rendering => {
  const text = render(input);
  const isThere = (words: string): boolean => text.includes(words) || text.includes(JSON.stringify(words).slice(1, -1));
  // Of the assistant's turns templates may cut the thoughts; everybody else's words, and all calls, must be there.
  const isComplete = input.messages.every(({ role, content, tool_calls: calls = [] }) => {
    if (!calls.every((call) => textsIn(call.function).every(isThere))) return false;
    return role === 'assistant' || isThere((content ?? '').trim());
  });
  return { parts: [{ text, isControl: true }], isComplete };
};

const renderApart = (
  { messages, tools, variables }: TemplateInput,
  render: (input: TemplateInput) => string,
  isUnsafe: (text: string) => boolean,
): Rendering => {
  const marking = createMarking();
  const marked = messages.map((message): TemplateMessage => {
    const { content, role, ...others } = message;
    const safe = markStrings(others, marking, isUnsafe);
    const isEmpty = content === null || content.trim() === '';
    const said = isEmpty ? content : marking.mark(content, role === 'assistant' ? 'turn' : 'message');
    // Safe: strings took the place of strings.
    return { ...(safe as typeof others), role, content: said };
  });
  const text = render({
    messages: marked,
    ...(variables === undefined ? {} : { variables }),
    // Safe as above.
    tools: markStrings(tools, marking, isUnsafe) as typeof tools,
  });
  return { parts: marking.restore(text), isComplete: marking.isComplete(text) };
};

/** The same value with a mark in place of every text, and name of a field, that is not safe as it is. */
const markStrings = (value: unknown, marking: Marking, isUnsafe: (text: string) => boolean): unknown => {
  const safe = (text: string): string => (isUnsafe(text) ? marking.mark(text) : text);
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return safe(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [safe(name), walk(inner)]));
  };
  return walk(value);
};

/** The texts in a value, down to its leaves. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const holds = (value: unknown, test: (text: string) => boolean): boolean => {
  if (typeof value === 'string') return test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => test(name) || holds(inner, test));
};

const refuseControl = (variables: TemplateInput['variables'], isUnsafe: (text: string) => boolean): void => {
  if (!holds(variables, isUnsafe)) return;
  throw new ServiceError(
    'ERR_MODELS_CAPABILITY',
    'templateVariables: expected values without control tokens of the model, got one with some; leave them out',
  );
};
