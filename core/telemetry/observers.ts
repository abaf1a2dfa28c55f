import type { DataPaths } from '../config/paths.ts';
import { makeFolder } from '../config/private-files.ts';
import type { Config } from '../config/schema.ts';
import { egressRows } from '../egress/implied.ts';
import { createLedger, type EgressNote } from '../egress/ledger.ts';
import { createWayOut, type WayOut } from '../egress/way-out.ts';
import type { KnownValues } from './labels.ts';
import { createLoggers, LOG_STREAMS, type Logger } from './log.ts';
import type { MetricPage } from './metrics.ts';
import { createExportLog } from './otlp/export-log.ts';
import { openOtlp } from './otlp/otlp.ts';
import { newIdentity } from './resource.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import type { SpanSink } from './trace/span.ts';

interface Options {
  readonly serviceName: string;
  readonly version: string;
  readonly page: MetricPage;
  /** Folder of its log streams, one of `DataPaths`. */
  readonly logs: DataPaths['logs'];
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  /** Readable lines on the terminal as well. */
  readonly pretty: boolean;
  /** Takes note of every attempt to leave: the books are the gateway's, which counts, lists and writes them into the audit trail. */
  readonly noteEgress: (note: EgressNote) => void;
  readonly known?: KnownValues;
}

export interface Observers {
  readonly log: Logger;
  readonly telemetry: Telemetry;
  /** Where traces go; absent: nowhere. */
  readonly traces: SpanSink | undefined;
  readonly out: WayOut;
}

/** Log, metrics and the way out of a process beside the gateway, with their way to an OpenTelemetry collector where one is configured. */
export const openObservers = async (options: Options, life: AsyncDisposableStack): Promise<Observers> => {
  const { serviceName, version, page, logs: dir, config, env, pretty, noteEgress, known = {} } = options;
  const about = { serviceName, version };
  const identity = newIdentity({ ...about, environment: config.telemetry.environment });
  const exports = createExportLog({ telemetry: () => telemetry, log: () => logs.app });
  const otlp = await openOtlp({ config: config.telemetry, identity, ...exports });
  await makeFolder(dir);
  const logs = createLoggers({ ...about, ...config.logging, dir, pretty, forward: otlp.logs });
  life.defer(() => logs.stop());
  const telemetry = createTelemetry({ ...identity, page, known, push: otlp.metrics });
  life.defer(() => otlp.stop(telemetry.stop()));
  telemetry.gauge('logDropped', () => {
    const dropped = logs.droppedLines();
    return LOG_STREAMS.map((stream) => ({ value: dropped[stream], labels: { stream } }));
  });
  const ledger = createLedger({
    onNew: ({ purpose, destination, outcome }) => {
      const labels = { purpose, outcome };
      logs.app.info('egress.destination_first_seen', { labels, 'destination.address': destination });
    },
    onNote: noteEgress,
    now: Date.now,
  });
  const out = createWayOut({ rows: egressRows(config, env), note: ledger.note });
  otlp.connect(out);
  return { log: logs.app, telemetry, traces: otlp.traces, out };
};
