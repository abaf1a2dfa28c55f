import type { Config } from '../../core/config/schema.ts';
import type { WayOut } from '../../core/egress/way-out.ts';
import { type FileLoggers, LOG_STREAMS } from '../../core/telemetry/log.ts';
import { createExportLog } from '../../core/telemetry/otlp/export-log.ts';
import { openOtlp } from '../../core/telemetry/otlp/otlp.ts';
import type { RedactText } from '../../core/telemetry/redact-fields.ts';
import { newIdentity } from '../../core/telemetry/resource.ts';
import { createTelemetry, type Telemetry } from '../../core/telemetry/telemetry.ts';
import { openLoggers } from './open-loggers.ts';
import { type GatewayTraces, openTraces } from './open-traces.ts';

interface Options {
  readonly config: Config;
  readonly version: string;
  /** Folder of the log files. */
  readonly dir: string;
  readonly redact: RedactText;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** False: nothing is measured, traced or sent. */
  readonly enabled: boolean;
}

/** Everything that observes and changes no answer. */
export interface Observers {
  readonly files: FileLoggers;
  readonly telemetry: Telemetry;
  readonly traces: GatewayTraces;
  /** Opens the way to the collector; until then what is to be sent waits. */
  connect(wayOut: Pick<WayOut, 'open'>): void;
  stop(): Promise<void>;
}

/** Logs, metrics and traces of a gateway, with their way to a collector where one is configured. */
export const openTelemetry = async ({ config, version, dir, redact, now, enabled }: Options): Promise<Observers> => {
  const { serviceName, environment, otlp: settings } = config.telemetry;
  const identity = newIdentity({ serviceName, version, environment });
  const exports = createExportLog({ telemetry: () => telemetry, log: () => files.app });
  const otlp = await openOtlp({
    config: enabled ? config.telemetry : { ...config.telemetry, otlp: { ...settings, endpoint: undefined } },
    identity,
    ...exports,
  });
  const files = openLoggers(config, { dir, serviceName, version, redact, forward: otlp.logs });
  const telemetry = createTelemetry({
    ...identity,
    enabled,
    push: otlp.metrics,
    known: { 'gen_ai.request.model': config.models.map(({ id }) => id) },
  });
  telemetry.gauge('logDropped', () => {
    const dropped = files.droppedLines();
    return LOG_STREAMS.map((stream) => ({ value: dropped[stream], labels: { stream } }));
  });
  return {
    files,
    telemetry,
    traces: openTraces({ config, sink: otlp.traces, now }),
    connect: otlp.connect,
    async stop() {
      await otlp.stop(telemetry.stop());
      await files.stop();
    },
  };
};
