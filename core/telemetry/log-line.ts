import type { LogLevel } from './log.ts';

/** One line as a person reads it: time, level, action, message, the fields that say why. */
export const readableLine = (
  at: Date,
  level: LogLevel,
  action: string,
  fields: Readonly<Record<string, unknown>>,
  message: string | undefined,
): string => {
  const parts = [at.toTimeString().slice(0, 8), level.padEnd(5), action];
  if (message !== undefined) parts.push(message);
  for (const [key, value] of Object.entries(fields)) parts.push(...readableField(key, value, 0));
  return `${printable(parts.join(' '))}\n`;
};

const readableField = (key: string, value: unknown, depth: number): string[] => {
  if (value === undefined || HIDDEN_FIELDS.has(key)) return [];
  if (value instanceof Error) return [`error="${value.message}"`];
  if (typeof value === 'object' && value !== null) {
    if (depth === MAX_DEPTH) return [`${key}=…`];
    return Object.entries(value).flatMap(([inner, part]) => readableField(inner, part, depth + 1));
  }
  return [`${key}=${typeof value === 'string' && /[\s"]/.test(value) ? JSON.stringify(value) : String(value)}`];
};

/** Deeper is for the file; a value that holds itself has no end. */
const MAX_DEPTH = 2;

/** In the file for machines; on a terminal only noise. */
const HIDDEN_FIELDS: ReadonlySet<string> = new Set(['event.kind', 'event.category', 'event.type', 'error.stack_trace']);

// A value with a line feed or an escape sequence must not forge a line or repaint the terminal.
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
