import { hostname } from 'node:os';
import { type DataPaths, dataPaths } from '../../core/config/paths.ts';
import { announceProcess } from '../../core/config/run-file.ts';
import type { Config } from '../../core/config/schema.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { answerProfiles } from '../../core/telemetry/asked-profile.ts';
import { assembleBesideGateway } from '../../core/telemetry/beside-gateway.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import { openObservers } from '../../core/telemetry/observers.ts';
import { servePage } from '../../core/telemetry/page-server.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createCycle } from './cycle.ts';
import { intervalsOf } from './detect/clock.ts';
import { observeDetector } from './observe.ts';
import { openFileSink } from './sinks/file.ts';
import { createPublisher } from './sinks/publish.ts';
import type { About } from './sinks/sink.ts';
import { openSources } from './sources/open.ts';
import { openStateStore } from './store/state-store.ts';
import type { AnomalyReport } from './supervision.ts';
import { everyInterval } from './timer.ts';

export interface AnomalyOptions {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: AnomalyReport) => void;
  /** Aborts a start that is no longer wanted. */
  readonly signal: AbortSignal;
}

export interface Anomaly {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVICE = 'clawdbot-anomaly';

/** Starts what looks for the unusual; undefined where the configuration wants none. */
export const startAnomaly = async (options: AnomalyOptions): Promise<Anomaly | undefined> =>
  assembleBesideGateway(options, (config) => config.anomaly.enabled, assemble);

const assemble = async (options: AnomalyOptions, config: Config, life: AsyncDisposableStack): Promise<Anomaly> => {
  const { report, env, signal, dataDir } = options;
  const paths = dataPaths(dataDir);
  const about = { serviceName: SERVICE, version: manifest.version, hostname: hostname() };
  const noteEgress = (note: EgressNote) => report({ type: 'egress', note });
  const { log, telemetry } = await openObservers(
    { ...about, page: 'anomaly', logs: paths.anomalyLogs, config, env, pretty: !process.connected, noteEgress },
    life,
  );
  const intervals = intervalsOf(config.anomaly);
  const store = openStateStore({
    ...{ file: paths.anomalyDb, intervals },
    onDamaged(aside) {
      const text = `anomaly: what it had learnt was damaged and is put aside as ${aside}; it learns anew`;
      log.error('state.damaged', { 'file.path': aside }, text);
      report({ type: 'notice', level: 'warn', text });
    },
  });
  life.defer(() => store.close());
  const sources = await openSources({ config, dataDir, paths });
  life.defer(() => sources.close());
  const { learnt } = store;
  const publisher = createPublisher({
    ...(await openSinks(config, about, paths, log)),
    outbox: learnt.outbox,
    telemetry,
    log,
  });
  life.defer(() => publisher.close());
  const { delayMs } = config.anomaly.elasticsearch;
  const owners = { own: about.hostname, shared: config.elk.namespace };
  const cycle = createCycle({ ...sources, ...{ intervals, learnt, delayMs, log, owners }, publish: publisher.publish });
  observeDetector(telemetry, learnt, cycle);
  const page = await servePage({
    config: config.anomaly,
    expose: (format) => telemetry.expose(format),
    onTaken: (port) => {
      const text = `anomaly: port ${port} belongs to another program; waiting for it (anomaly.port sets another)`;
      log.warn('page.port_taken', { labels: { port } }, text);
      report({ type: 'notice', level: 'warn', text });
    },
    signal,
  });
  life.defer(() => page.close());
  const run = { pid: process.pid, url: page.url, startedAt: new Date().toISOString() };
  life.defer(await announceProcess(paths.run, 'anomaly', run));
  life.defer(answerProfiles('anomaly', paths));
  const timer = everyInterval(intervals.shortMs, async () => {
    const { isLong, hasChanged, isHeld } = await cycle.run(Date.now());
    // Before it is sent, so that a restart neither says it again nor forgets to.
    if (isLong || hasChanged) store.save();
    await publisher.deliver();
    return isHeld;
  });
  life.defer(async () => {
    await timer.stop();
    store.save();
  });
  log.info('anomaly.started', {}, `metrics on ${page.url}`);
  report({ type: 'listening', url: page.url, pid: process.pid });
  return { url: page.url, stop: () => life.disposeAsync() };
};

/** The client of the store is large, and loaded only where there is an Elasticsearch. */
const openSinks = async (config: Config, about: About, paths: DataPaths, log: Logger) => {
  const report = (message: string): void => log.error('documents.failed', {}, message);
  const file = openFileSink({ ...about, dir: paths.anomalyLogs, logging: config.logging, report });
  if (config.elk.elasticsearch.url === undefined) return { file, store: undefined };
  const { openStoreSink } = await import('./sinks/elasticsearch.ts');
  return { file, store: openStoreSink(config, about) };
};
