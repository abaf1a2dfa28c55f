import { dataPaths, modelsDir } from '../core/config/paths.ts';
import { announceProcess } from '../core/config/run-file.ts';
import type { Config } from '../core/config/schema.ts';
import type { EgressNote } from '../core/egress/ledger.ts';
import { answerProfiles } from '../core/telemetry/asked-profile.ts';
import { assembleBesideGateway } from '../core/telemetry/beside-gateway.ts';
import type { Logger } from '../core/telemetry/log.ts';
import { openObservers } from '../core/telemetry/observers.ts';
import { servePage } from '../core/telemetry/page-server.ts';
import manifest from '../package.json' with { type: 'json' };
import { systemClock } from './clock.ts';
import { describeFound } from './discovery.ts';
import { createDoctorReader } from './doctor/reader.ts';
import { createDrillReader } from './drills/reader.ts';
import { systemFiles } from './files.ts';
import { rootsOfOurs } from './find-processes.ts';
import { HostReader } from './host/reader.ts';
import { Inventory } from './inventory.ts';
import { systemKernelFiles } from './kernel-files.ts';
import { createLogStageReader, watchedStages } from './logs/reader.ts';
import { Poll, type PollState } from './poll.ts';
import { ProcessReader } from './process/reader.ts';
import { createScrapeTokenReader } from './process/scrape-token.ts';
import { startProgram } from './program.ts';
import { publish, type Source } from './publish.ts';
import type { AcceleratorReader, AcceleratorReading, CollectorContext, Reader } from './reader.ts';
import { acceleratorNames, findAccelerator } from './registry.ts';
import type { Sample } from './sample.ts';
import type { CollectorsReport } from './supervision.ts';

export interface CollectorsOptions {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The process that started this one and the others. */
  readonly supervisor: number | undefined;
  readonly report: (report: CollectorsReport) => void;
  /** Aborts a start that is no longer wanted. */
  readonly signal: AbortSignal;
}

export interface Collectors {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVICE = 'clawdbot-collectors';
/** As often as Prometheus asks: the counters lose nothing between two readings, and each costs some forty files. */
const OWN_INTERVAL_MS = 5000;

/** Starts every reader and the page; undefined where the configuration wants none. */
export const startCollectors = async (options: CollectorsOptions): Promise<Collectors | undefined> =>
  assembleBesideGateway(options, (config) => config.collectors.enabled, assemble);

const assemble = async (
  options: CollectorsOptions,
  config: Config,
  life: AsyncDisposableStack,
): Promise<Collectors> => {
  const { report, env, signal } = options;
  const paths = dataPaths(options.dataDir);
  const { collectors } = config;
  const about = { serviceName: SERVICE, version: manifest.version, page: 'collectors' } as const;
  const noteEgress = (note: EgressNote) => report({ type: 'egress', note });
  const { log, telemetry } = await openObservers(
    { ...about, logs: paths.collectorLogs, config, env, pretty: !process.connected, noteEgress },
    life,
  );

  const { intervalMs } = collectors;
  const common = { intervalMs: Math.max(intervalMs, OWN_INTERVAL_MS), clock: systemClock, files: systemKernelFiles };
  const roots = () => rootsOfOurs(systemKernelFiles, paths.run, options.supervisor);
  const processes = new ProcessReader({ ...common, roots });
  const places = { root: '/', data: paths.dir, models: modelsDir(env) };
  const host = new HostReader({ ...common, devices: systemFiles, places });
  const token = createScrapeTokenReader({ ...common, files: systemFiles, file: paths.prometheusToken });
  const doctor = createDoctorReader({ ...common, files: systemFiles, file: paths.doctor });
  const drills = createDrillReader({ ...common, files: systemFiles, file: paths.drills });
  const own = [
    pollSamples('host', host, log),
    pollSamples('process', processes, log),
    pollSamples('scrape-token', token, log),
    pollSamples('doctor', doctor, log),
    pollSamples('drills', drills, log),
    ...watchedStages(config.elk).map((watched) =>
      pollSamples(watched.stage, createLogStageReader({ ...common, ...watched }), log),
    ),
  ];
  const inventory = new Inventory();
  const accelerators = await openAccelerators(collectors, {
    ...{ intervalMs, clock: systemClock, start: startProgram, files: systemFiles, owners: processes, log },
  });
  const found = narrateFound(
    report,
    accelerators.map(({ name }) => name),
  );
  const looks = accelerators.map(({ name, reader }) =>
    pollAccelerator(name, reader, { log, inventory, report, found }),
  );
  const all = [...own, ...looks];
  publish(
    telemetry,
    all.map(({ source }) => source),
    () => inventory.expected(),
  );
  for (const { poll } of all) {
    life.defer(() => poll.stop());
    poll.start();
  }
  const page = await servePage({
    config: collectors,
    expose: (format) => telemetry.expose(format),
    onTaken: (port) => {
      const text = `collectors: port ${port} belongs to another program; waiting for it (collectors.port sets another)`;
      log.warn('page.port_taken', { labels: { port } }, text);
      report({ type: 'notice', level: 'warn', text });
    },
    signal,
  });
  life.defer(() => page.close());
  const run = { pid: process.pid, url: page.url, startedAt: new Date().toISOString() };
  life.defer(await announceProcess(paths.run, 'collectors', run));
  life.defer(answerProfiles('collectors', paths));
  log.info('collectors.started', {}, `metrics on ${page.url}`);
  report({ type: 'listening', url: page.url, pid: process.pid });
  return { url: page.url, stop: () => life.disposeAsync() };
};

interface Watched {
  readonly source: Source;
  readonly poll: { start(): void; stop(): Promise<void> };
}

const pollSamples = (name: string, reader: Reader<readonly Sample[]>, log: Logger): Watched => {
  const poll = new Poll({ reader, clock: systemClock, onChange: (state) => logState(log, name, state) });
  return { source: { name, poll, samples: () => poll.fresh ?? [] }, poll };
};

interface Watch {
  readonly log: Logger;
  readonly inventory: Inventory;
  readonly report: CollectorsOptions['report'];
  readonly found: (name: string, state: PollState, devices: readonly AcceleratorReading[]) => boolean;
}

const pollAccelerator = (
  name: string,
  reader: AcceleratorReader,
  { log, inventory, report, found }: Watch,
): Watched => {
  const poll = new Poll({
    ...{ reader, clock: systemClock },
    onReading: (devices) => inventory.note(name, devices),
    onChange: (state, before) => {
      logState(log, name, state);
      if (found(name, state, poll.fresh ?? []) || before.kind === 'waiting') return;
      if (state.kind === 'failing') report({ type: 'notice', level: 'warn', text: `${name} fails: ${state.detail}` });
      if (state.kind === 'up') report({ type: 'notice', level: 'info', text: `${name}: readings again` });
    },
  });
  const samples = (): Sample[] => {
    const devices = poll.fresh;
    if (devices === undefined) return [];
    return [...devices.flatMap((device) => device.samples), ...inventory.describe(name, devices)];
  };
  return { source: { name, poll, samples }, poll };
};

const logState = (log: Logger, name: string, state: PollState): void => {
  const labels = { plugin: name };
  if (state.kind === 'up') log.info('collector.succeeded', { labels }, `${name}: readings`);
  if (state.kind === 'absent') log.info('collector.absent', { labels }, `${name}: ${state.why}`);
  if (state.kind === 'failing') {
    log.warn('collector.failed', { labels: { ...labels, reason: state.reason } }, `${name}: ${state.detail}`);
  }
};

/** Tells once what all of them found, in their order; true for what was told so. */
const narrateFound = (report: CollectorsOptions['report'], names: readonly string[]): Watch['found'] => {
  const looks = new Map<string, Parameters<typeof describeFound>[0][number]>();
  let isTold = names.length === 0;
  return (name, state, devices) => {
    if (isTold) return false;
    looks.set(name, { name, state, devices });
    isTold = looks.size === names.length;
    if (isTold) report({ type: 'found', text: describeFound(names.flatMap((each) => looks.get(each) ?? [])) });
    return true;
  };
};

const openAccelerators = async (
  { accelerators, options }: Config['collectors'],
  context: CollectorContext,
): Promise<{ readonly name: string; readonly reader: AcceleratorReader }[]> => {
  const names = accelerators === 'auto' ? acceleratorNames() : accelerators;
  return Promise.all(
    names.map(async (name) => {
      const plugin = await findAccelerator(name);
      return { name, reader: await plugin.start({ ...context, config: options[name] ?? {} }) };
    }),
  );
};
