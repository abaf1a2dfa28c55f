import type { Logger, LogLevel } from '../../core/telemetry/log.ts';

const LEVELS: Readonly<Record<string, LogLevel>> = { debug: 'debug', info: 'info', warn: 'warn', error: 'error' };
/** What every line has, and what has a place of its own. */
const TAKEN: ReadonlySet<string> = new Set(['ts', 'time', 'level', 'msg', 'err', 'error']);
const MAX_TEXT = 2000;
/** How a Go program begins to say why it crashes. */
const CAUSE = /^(panic|fatal error): /;

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly error: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Follows on what went wrong, such as the frames of a panic. */
  readonly isTrace?: true;
}

/** Writes the lines of a program (`--log.format=json`) into a log of ours, and remembers what it said last of an error. */
export const createProgramLog = (log: Logger, action: string, onMessage: (message: string) => void) => {
  let lastError: string | undefined;
  return {
    write(text: string): void {
      const { level, message, error, labels, isTrace } = readLine(text);
      const fields = { labels, ...(error === undefined ? {} : { 'error.message': error }) };
      log[level](action, fields, message);
      if (level === 'error' && !(isTrace && lastError !== undefined)) lastError = error ?? message;
      onMessage(message);
    },
    /** Forgets it: it is about one run. */
    takeError(): string | undefined {
      const error = lastError;
      lastError = undefined;
      return error;
    },
  };
};

/** A line in another form, such as a panic, is one of its own. */
export const readLine = (text: string): Line => {
  const fields = parse(text);
  if (fields === undefined) {
    const line = { level: 'error', message: cut(text), error: undefined, labels: {} } as const;
    return CAUSE.test(text) ? line : { ...line, isTrace: true };
  }
  const { level, msg, err = fields.error } = fields;
  return {
    level: LEVELS[String(level).toLowerCase()] ?? 'info',
    message: cut(String(msg ?? text)),
    error: err === undefined ? undefined : cut(String(err)),
    labels: Object.fromEntries(
      Object.entries(fields)
        .filter(([key]) => !TAKEN.has(key))
        .map(([key, value]) => [key, cut(typeof value === 'string' ? value : JSON.stringify(value))]),
    ),
  };
};

const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    // Safe: JSON that is an object has names as keys.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
