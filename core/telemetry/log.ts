import { ecsFormat } from '@elastic/ecs-pino-format';
import { pino } from 'pino';
import { expandError } from './log-error.ts';
import { LogFile } from './log-file.ts';
import { readableLine } from './log-line.ts';
import type { LogSink } from './log-record.ts';
import { type RedactText, redactFields } from './redact-fields.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `engine`: what engines wrote as text, as they wrote it. */
export const LOG_STREAMS = ['app', 'access', 'engine'] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/**
 * Writes one record: `action` is `event.action` (noun, past verb: `engine.started`), `fields` are ECS fields
 * (`err` takes an Error), ours under `labels`. Never blocks, never throws.
 */
export type Log = (action: string, fields?: Readonly<Record<string, unknown>>, message?: string) => void;
export type Logger = Readonly<Record<LogLevel, Log>>;

/** All that a process writes down: its log streams and, in a chain of its own, the audit trail (`core/audit/`). */
export interface Loggers extends FileLoggers {
  readonly audit: Logger;
}

/** The log streams of a process; see `createLoggers`. */
export interface FileLoggers extends Readonly<Record<LogStream, Logger>> {
  /** Level of `app`; the others are complete whatever the level. */
  setLevel(level: LogLevel): void;
  /** Lines lost so far. */
  droppedLines(): Readonly<Record<LogStream, number>>;
  /** Writes what waits, blocking: for exit and crash. */
  flush(): void;
  stop(): Promise<void>;
}

interface Options {
  readonly dir: string;
  readonly level: LogLevel;
  readonly maxFileBytes: number;
  /** Hours after which a file is renamed, too. */
  readonly maxFileHours?: number;
  /** Renamed files kept per stream. */
  readonly maxFiles: number;
  /** Of lines that wait for the disk, per stream. */
  readonly maxWaitingBytes?: number;
  /** Readable lines of `app` on the terminal as well. */
  readonly pretty?: boolean;
  readonly serviceName: string;
  readonly version: string;
  readonly terminal?: { write(line: string): unknown };
  /** Applied to every text of every line before it is written anywhere; must not throw. */
  readonly redact?: RedactText;
  /** Gets every line as well, as it was redacted. */
  readonly forward?: LogSink | undefined;
  /** Where a log that cannot be written says so. */
  readonly report?: (message: string) => void;
}

/** The log streams of a process as ECS JSON, one file each; they are flushed when the process exits. */
export const createLoggers = (options: Options): FileLoggers => {
  const files = {
    app: new LogFile(fileOptions(options, 'app')),
    access: new LogFile(fileOptions(options, 'access')),
    engine: new LogFile(fileOptions(options, 'engine')),
  };
  let level: LogLevel = options.level;
  const flush = () => {
    for (const stream of LOG_STREAMS) files[stream].flushSync();
  };
  process.on('exit', flush);
  return {
    app: createLogger(options, 'app', files.app, () => level),
    access: createLogger(options, 'access', files.access, () => 'trace'),
    engine: createLogger(options, 'engine', files.engine, () => 'trace'),
    setLevel: (next) => {
      level = next;
    },
    droppedLines: () => ({ app: files.app.dropped, access: files.access.dropped, engine: files.engine.dropped }),
    flush,
    async stop() {
      process.off('exit', flush);
      await Promise.all(LOG_STREAMS.map((stream) => files[stream].close()));
    },
  };
};

const MS_PER_HOUR = 3_600_000;

const fileOptions = (
  { dir, maxFileBytes, maxFileHours, maxFiles, maxWaitingBytes, report }: Options,
  stream: LogStream,
) => ({
  dir,
  stream,
  maxFileBytes,
  ...(maxFileHours === undefined ? {} : { maxAgeMs: maxFileHours * MS_PER_HOUR }),
  maxFiles,
  // Lines are nearly all ASCII: a character is a byte.
  ...(maxWaitingBytes === undefined ? {} : { maxWaiting: maxWaitingBytes }),
  report: report ?? ((message: string) => process.stderr.write(`${message}\n`)),
});

const createLogger = (options: Options, stream: LogStream, file: LogFile, level: () => LogLevel): Logger => {
  const records = pino({ ...ecsOptions(options, stream), level: 'trace' }, file);
  const terminal = options.pretty === true && stream === 'app' ? (options.terminal ?? process.stdout) : undefined;

  const { redact } = options;

  const logAt = (at: LogLevel): Log => {
    const severity = LOG_LEVELS.indexOf(at);
    return (action, fields = {}, message) => {
      if (severity < LOG_LEVELS.indexOf(level())) return;
      try {
        const expanded = redact === undefined ? expandError(fields) : redactFields(expandError(fields), redact);
        const text = message === undefined || redact === undefined ? message : redact(message);
        records[at]({ ...expanded, 'event.action': action }, text ?? action);
        options.forward?.({ stream, level: at, action, message: text, fields: expanded });
        terminal?.write(readableLine(new Date(), at, action, expanded, text));
      } catch {
        // A field with a getter that throws must not fail the request it describes.
        file.skip();
      }
    };
  };
  return {
    trace: logAt('trace'),
    debug: logAt('debug'),
    info: logAt('info'),
    warn: logAt('warn'),
    error: logAt('error'),
  };
};

const ecsOptions = ({ serviceName, version }: Options, stream: LogStream) => {
  const options = ecsFormat({
    serviceName,
    serviceVersion: version,
    eventDataset: `${serviceName}.${stream}`,
    convertErr: false,
    apmIntegration: false,
  });
  // What is left of its own formatter with these settings is a copy of every record.
  return { ...options, formatters: { ...options.formatters, log: (record: Record<string, unknown>) => record } };
};
