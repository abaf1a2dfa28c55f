import type { DataPaths } from '../../../core/config/paths.ts';
import type { Config } from '../../../core/config/schema.ts';
import { followLogFiles } from './log-files.ts';
import { openPrometheus } from './prometheus.ts';
import type { LogSource, MetricSource } from './source.ts';

interface Options {
  readonly config: Config;
  readonly dataDir: string;
  readonly paths: DataPaths;
}

export interface Sources {
  readonly metrics: MetricSource;
  readonly logs: LogSource;
  close(): Promise<void>;
}

/** What there is to read: numbers from Prometheus, lines from the files of this machine. */
export const openSources = ({ config, dataDir, paths }: Options): Sources => {
  const metrics = openPrometheus({ url: config.anomaly.prometheusUrl, runDir: paths.run });
  const logs = followLogFiles({ dir: dataDir, except: paths.anomalyLogs });
  return {
    ...{ metrics, logs },
    async close() {
      await metrics.close();
      await logs.close();
    },
  };
};
