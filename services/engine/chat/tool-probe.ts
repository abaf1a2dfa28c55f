import type { Tool, ToolCall } from '../protocol/generation.ts';
import { CALL_SYNTAXES, type CallSyntax } from './call-syntax.ts';
import { type CallForm, toTemplateMessages } from './conversation.ts';
import type { Render, TemplateInput } from './template.ts';

/** How a template tells tools and calls. */
export interface KnownTools {
  readonly syntax: CallSyntax;
  readonly form: CallForm;
}

const QUESTION = 'probe question';
const FIELD = 'probe_field';
const VALUE = 'probe_value';

const TOOL: Tool = {
  name: 'probe_tool',
  description: 'probes',
  parameters: {
    type: 'object',
    properties: { [FIELD]: { type: 'string', description: 'probes' } },
    required: [FIELD],
  },
};

const CALL: ToolCall = { id: 'probe0001', name: TOOL.name, arguments: `{"${FIELD}": "${VALUE}"}` };
const FLAGS = [false, true] as const;

/**
 * Asks a template to render tools, a call and its result, and reads off how it does; `undefined` where it knows no tools,
 * or writes calls in a way that is not known here.
 */
export const findTools = (render: Render): KnownTools | undefined => {
  const question = { role: 'user', content: QUESTION };
  if (!attempt(render, { messages: [question], tools: [TOOL] }).includes(TOOL.name)) return undefined;
  for (const hasTextArguments of FLAGS) {
    for (const hasNullContent of FLAGS) {
      const form = { hasTextArguments, hasNullContent };
      const told = toTemplateMessages([{ role: 'assistant', content: '', toolCalls: [CALL] }, RESULT], form);
      const text = attempt(render, { messages: [question, ...told], tools: [TOOL] });
      const syntax = syntaxIn(text.slice(text.lastIndexOf(QUESTION)));
      if (syntax !== undefined) return { syntax, form: { ...form, idLength: syntax.idLength } };
    }
  }
  return undefined;
};

const RESULT = { role: 'tool', content: 'probe result', toolCallId: CALL.id } as const;

const syntaxIn = (text: string): CallSyntax | undefined => {
  if (!text.includes(TOOL.name) || !text.includes(VALUE)) return undefined;
  const known = CALL_SYNTAXES.find(({ signs }) => signs.every((sign) => text.includes(sign)));
  if (known === undefined) return undefined;
  // Arguments that were encoded twice, or as something that is no JSON, are told another way.
  return known.syntax.shape === 'fields' || text.includes(`{"${FIELD}": "${VALUE}"}`) ? known.syntax : undefined;
};

const attempt = (render: Render, input: TemplateInput): string => {
  try {
    return render(input)
      .parts.map(({ text }) => text)
      .join('');
  } catch {
    return '';
  }
};
