import type { LogLine } from '../templates/novelty.ts';

/** A line of an ECS log; undefined where it is none. Field names may be dotted or nested, both are written. */
export const readLine = (text: string): LogLine | undefined => {
  try {
    const record: unknown = JSON.parse(text);
    return typeof record === 'object' && record !== null ? lineOf(record) : undefined;
  } catch {
    return undefined;
  }
};

/** The same of a document. */
export const lineOf = (record: object): LogLine => ({
  level: textAt(record, 'log.level'),
  service: textAt(record, 'service.name'),
  action: textAt(record, 'event.action'),
  message: textAt(record, 'error.message') || textAt(record, 'message'),
  errorCode: textAt(record, 'error.code'),
});

const textAt = (record: object, name: string): string => {
  const value = valueAt(record, name) ?? name.split('.').reduce<unknown>((part, key) => valueAt(part, key), record);
  return typeof value === 'string' ? value : '';
};

// Safe: only read, and what is not there is undefined.
const valueAt = (part: unknown, key: string): unknown =>
  typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[key] : undefined;
