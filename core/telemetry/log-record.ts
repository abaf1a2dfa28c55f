import type { LogLevel, LogStream } from './log.ts';

/** One line of a log as others than its file get it: redacted, its error taken apart. */
export interface LogRecord {
  readonly stream: LogStream;
  readonly level: LogLevel;
  readonly action: string;
  readonly message: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Takes log records; synchronous, never throws, drops what does not fit. */
export type LogSink = (record: LogRecord) => void;
