import type { Config } from '../../core/config/schema.ts';
import { createLoggers, type FileLoggers } from '../../core/telemetry/log.ts';
import type { LogSink } from '../../core/telemetry/log-record.ts';
import type { RedactText } from '../../core/telemetry/redact-fields.ts';

interface Options {
  /** Gets every line as well; absent: nobody does. */
  readonly forward?: LogSink | undefined;
  readonly dir: string;
  readonly redact: RedactText;
  readonly serviceName: string;
  readonly version: string;
}

/** The log streams of the configuration; lines go to the terminal as well where nobody supervises the process. */
export const openLoggers = ({ logging }: Pick<Config, 'logging'>, options: Options): FileLoggers =>
  createLoggers({ ...options, ...logging, pretty: !process.connected });
