import type { Tool, ToolChoice, ToolUse } from '../../../engine/protocol/generation.ts';
import { invalidField } from './refusals.ts';

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What a tool without parameters takes. */
const NO_PARAMETERS = { type: 'object', properties: {}, additionalProperties: false } as const;

/** A tool as engines know it, from any dialect. */
export const toolOf = ({ name, description, parameters }: Described): Tool => ({
  name,
  parameters: parameters ?? NO_PARAMETERS,
  ...(description === undefined || description === null ? {} : { description }),
});

interface Wanted {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  /** As asked; absent: one call where a call is forced, because small models never stop calling, and else several. */
  readonly isParallel: boolean | null | undefined;
  /** What the dialect calls the two. */
  readonly fields: { readonly tools: string; readonly choice: string };
}

/** The tools of a request, checked against each other; undefined: there are none. */
export const toolUseOf = ({ tools, choice, isParallel, fields }: Wanted): ToolUse | undefined => {
  if (tools.length === 0) {
    if (choice === 'none' || choice === 'auto') return undefined;
    const got = typeof choice === 'string' ? JSON.stringify(choice) : 'a name';
    throw invalidField(fields.choice, 'nothing without tools', got, `send \`${fields.tools}\``);
  }
  checkNames(tools, fields.tools);
  if (typeof choice === 'object' && !tools.some(({ name }) => name === choice.name)) {
    throw invalidField(fields.choice, `the name of one of \`${fields.tools}\``, 'another name');
  }
  return { tools, choice, isParallel: isParallel ?? (choice === 'auto' || choice === 'none') };
};

const checkNames = (tools: readonly Tool[], field: string): void => {
  const names = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) throw invalidField(`${field}[${index}]`, 'a name of its own', 'the name of an earlier one');
    names.add(name);
  }
};

/** The tools a choice allows; throws for one that was not described. */
export const allowedTools = (tools: readonly Tool[], names: readonly string[], field: string): readonly Tool[] =>
  names.map((name, index) => {
    const found = tools.find((tool) => tool.name === name);
    if (found !== undefined) return found;
    throw invalidField(`${field}[${index}]`, 'the name of one of `tools`', 'another name');
  });
