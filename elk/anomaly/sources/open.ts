import type { DataPaths } from '../../../core/config/paths.ts';
import type { Config } from '../../../core/config/schema.ts';
import { streamName } from '../../streams.ts';
import { followLogFiles } from './log-files.ts';
import { openPrometheus } from './prometheus.ts';
import type { LogSource, MetricSource } from './source.ts';

interface Options {
  readonly config: Config;
  readonly dataDir: string;
  readonly paths: DataPaths;
}

/** Those that are asked first come first: of two that answer, the first is believed. */
export interface Sources {
  readonly metrics: readonly MetricSource[];
  readonly logs: readonly LogSource[];
  close(): Promise<void>;
}

/** What there is to read: numbers from Prometheus, lines from the files of this machine; both of all machines from Elasticsearch. */
export const openSources = async ({ config, dataDir, paths }: Options): Promise<Sources> => {
  const { anomaly } = config;
  const store = await storeSources(config);
  const metrics = [...store.metrics, openPrometheus({ url: anomaly.prometheusUrl, runDir: paths.run })];
  const logs = [...store.logs, followLogFiles({ dir: dataDir, except: paths.anomalyLogs })];
  return {
    ...{ metrics, logs },
    async close() {
      for (const source of [...metrics, ...logs]) await source.close();
      await store.close();
    },
  };
};

/** The client of Elasticsearch is large, and loaded only where there is one. */
const storeSources = async (config: Config): Promise<Sources> => {
  const { anomaly, elk } = config;
  if (elk.elasticsearch.url === undefined || !anomaly.elasticsearch.read) {
    return { metrics: [], logs: [], close: async () => undefined };
  }
  const [{ openStore }, { openStoreNumbers }, { openStoreLines }] = await Promise.all([
    import('./elasticsearch/store.ts'),
    import('./elasticsearch/numbers.ts'),
    import('./elasticsearch/lines.ts'),
  ]);
  const store = openStore(config);
  const { delayMs } = anomaly.elasticsearch;
  return {
    metrics: [openStoreNumbers({ store, delayMs, nameOf: (stream) => streamName(stream, elk) })],
    logs: [openStoreLines({ store, stream: streamName('app', elk), lookBackMs: anomaly.shortMs })],
    close: () => store.close(),
  };
};
