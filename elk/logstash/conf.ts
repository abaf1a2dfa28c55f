/** A value as the language of Logstash's pipelines has it. */
export type ConfValue = string | number | boolean | readonly ConfValue[] | { readonly [key: string]: ConfValue };

/**
 * A text between quotation marks. Logstash takes a backslash as it is, so a text that holds both kinds of marks cannot be
 * written at all.
 */
export const quote = (text: string): string => {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  throw new TypeError('a text of a pipeline holds both kinds of quotation marks');
};

/** The body of a block, indented. */
const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

const write = (value: ConfValue): string => {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.length === 0) return '[]';
  if (Array.isArray(value)) return `[\n${indent(value.map((each) => write(each)).join(',\n'))}\n]`;
  const entries = Object.entries(value).map(([key, inner]) => `${quote(key)} => ${write(inner)}`);
  return `{\n${indent(entries.join('\n'))}\n}`;
};

/** One plugin with its settings. */
export const plugin = (name: string, settings: { readonly [key: string]: ConfValue }): string => {
  const lines = Object.entries(settings).map(([key, value]) => `${key} => ${write(value)}`);
  return `${name} {\n${indent(lines.join('\n'))}\n}`;
};

/** `input`, `filter` or `output`. */
export const section = (name: 'input' | 'filter' | 'output', ...parts: readonly string[]): string =>
  `${name} {\n${indent(parts.join('\n'))}\n}\n`;

/** What happens where a condition holds, and where not. */
export const when = (condition: string, then: readonly string[], otherwise: readonly string[] = []): string => {
  const rest = otherwise.length === 0 ? '' : ` else {\n${indent(otherwise.join('\n'))}\n}`;
  return `if ${condition} {\n${indent(then.join('\n'))}\n}${rest}`;
};

/** A remark above what follows. */
export const remark = (text: string): string => `# ${text}`;
