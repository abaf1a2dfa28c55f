import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../core/config/load.ts';
import { type DataPaths, dataPaths } from '../../core/config/paths.ts';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import { checkAccepted, mintOnRecord } from '../local/mint.ts';
import { findProgram, PROMETHEUS } from '../programs/find-program.ts';
import { freeAddress } from '../programs/port.ts';
import { openProgramLog, runProgram } from '../programs/run-program.ts';
import type { ChildState, Watching } from '../supervisor/keep-running.ts';
import type { PrometheusReport } from './report.ts';
import { writeRuleFiles } from './rule-files.ts';
import { JOBS, type Job, prometheusArguments, renderScrapeConfig, renderTargets, targetFile } from './scrape-config.ts';
import { keepTokenFile, systemClock } from './token-file.ts';

export interface PrometheusOptions {
  readonly data: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: PrometheusReport) => void;
  readonly watching: Omit<Watching, 'onState'>;
  readonly onState: (state: ChildState) => void;
}

/** Where the gateway answers, and who signed its certificate: null where the operator brought one. */
export interface GatewayAddress {
  readonly url: string;
  readonly caFile: string | null;
}

/** The Prometheus of `clawdbot up`: started when the gateway listens, told where to scrape, stopped with the rest. */
export interface PrometheusBox {
  gatewayAt(address: GatewayAddress): void;
  /** Where else there is something to measure, or to send alerts to. */
  targetAt(job: Exclude<Job, 'clawdbot'>, url: string): void;
  stop(): Promise<void>;
}

const SUBJECT = 'prometheus';
/** Where everybody looks for it, which Debian's own service takes when its package is installed; and one beside the collectors. */
const AUTO_PORTS = [9090, 9465];
const READY = 'Server is ready to receive web requests.';

/** Nothing that goes wrong in here may stop the service: it is told, and the service goes on without. */
export const openPrometheus = (options: PrometheusOptions): PrometheusBox => {
  const { data, report } = options;
  const paths = dataPaths(data);
  const life = new AsyncDisposableStack();
  const abort = new AbortController();
  const urls: Partial<Record<Job, string>> = {};
  let starting: Promise<void> | undefined;
  const fail = (error: unknown): void => {
    if (abort.signal.aborted) return;
    const text = error instanceof Error ? error.message : String(error);
    report({ type: 'notice', level: 'warn', text: `not started: ${text}` });
  };
  const write = async (job: Job): Promise<void> =>
    replaceFile(targetFile(paths.prometheus, job), PRIVATE_MODE, renderTargets(urls[job]));
  const target = (job: Job, url: string): void => {
    urls[job] = url;
    // Before that there is no folder for it; the start itself writes what is known then.
    void starting?.then(() => (abort.signal.aborted || !isStarted ? undefined : write(job))).catch(fail);
  };
  let isStarted = false;
  const begin = async ({ caFile }: GatewayAddress): Promise<void> => {
    const { config } = loadConfig({ env: options.env, file: options.configFile });
    const program = choose(config, options);
    if (program === undefined) return;
    await makePrivateFolder(paths.prometheus);
    await makePrivateFolder(join(paths.prometheus, 'targets'));
    const log = await openProgramLog(config, { name: 'prometheus', dir: paths.prometheusLogs, life });
    if (wantsClientCertificate(config.server)) warnOf({ log, report }, 'prometheus.refused', NO_CERTIFICATE);
    const address = await freeAddress({
      ...{ port: config.prometheus.port, autoPorts: AUTO_PORTS },
      signal: abort.signal,
      onTaken(port) {
        const text = `port ${port} belongs to another program; waiting for it (prometheus.port sets another)`;
        log.warn('prometheus.port_taken', { labels: { port } }, text);
        report({ type: 'notice', level: 'warn', text });
      },
    });
    if (address === undefined) return;
    const tokenFile = await openTokenFile(options, { config, paths, life, log, signal: abort.signal });
    if (abort.signal.aborted) return;
    const ruleFiles = await writeRuleFiles(config, paths.prometheus);
    const scrape = { dir: paths.prometheus, address, tokenFile, caFile: caFile ?? undefined, ruleFiles };
    await replaceFile(join(paths.prometheus, 'prometheus.yml'), PRIVATE_MODE, renderScrapeConfig(config, scrape));
    for (const job of JOBS) await write(job);
    isStarted = true;
    if (!abort.signal.aborted) supervise(options, { config, paths, life, log, program, address });
  };
  return {
    gatewayAt(address) {
      target('clawdbot', address.url);
      starting ??= begin(address).catch(fail);
    },
    targetAt: target,
    async stop() {
      abort.abort();
      await starting;
      await life.disposeAsync();
    },
  };
};

/** The program to start; undefined where none is wanted or there. */
const choose = ({ prometheus }: Config, { env, report }: PrometheusOptions): string | undefined => {
  if (prometheus.enabled === false) return undefined;
  const program = findProgram(PROMETHEUS, env);
  if (program === undefined) report({ type: 'absent', isWanted: prometheus.enabled === true });
  return program;
};

interface Start {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly life: AsyncDisposableStack;
  readonly log: Logger;
}

/** The operator's file, or one of ours with a token that is renewed while it runs. Settles when there is one. */
const openTokenFile = async (
  { data, report }: PrometheusOptions,
  { config, paths, life, log, signal }: Start & { readonly signal: AbortSignal },
): Promise<string> => {
  const { tokenFile, tokenSeconds } = config.prometheus;
  if (tokenFile !== undefined) {
    // It may be put there later: Prometheus reads it for every scrape.
    const fault = await faultOf(tokenFile);
    if (fault !== undefined) warnOf({ log, report }, 'scrape_token.failed', `prometheus.tokenFile: ${fault}`);
    return tokenFile;
  }
  const { jwt } = config.auth;
  const lifeSeconds = Math.min(tokenSeconds, jwt.maxLifetimeSeconds);
  checkAccepted(jwt, lifeSeconds);
  const kept = keepTokenFile({
    ...{ file: paths.prometheusToken, lifeSeconds, clock: systemClock },
    mint: (ttlSeconds) => mintOnRecord(data, { scopes: ['metrics'], subject: SUBJECT, ttlSeconds, jwt }),
    onFailing(err) {
      const text = 'its token cannot be renewed; when it ends, nothing of the gateway is scraped';
      log.error('scrape_token.failed', { err }, text);
      report({ type: 'notice', level: 'warn', text });
    },
    onRecovered() {
      log.info('scrape_token.recovered', {}, 'the token is renewed again');
      report({ type: 'notice', level: 'info', text: 'its token is renewed again' });
    },
  });
  life.defer(() => kept.stop());
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => aborted.resolve());
  await Promise.race([kept.ready, aborted.promise]);
  return paths.prometheusToken;
};

const faultOf = async (tokenFile: string): Promise<string | undefined> => {
  const found = await readFile(tokenFile, 'utf8').catch(({ code }: NodeJS.ErrnoException) => ({ code }));
  if (typeof found === 'string' && found.trim() !== '') return undefined;
  const what = typeof found === 'string' ? 'an empty file' : `one that cannot be read (${found.code})`;
  return `expected a file with a token or API key, got ${what}: ${tokenFile}; until it holds one, nothing of the gateway is scraped`;
};

interface Observers extends Pick<Start, 'log'> {
  readonly report: PrometheusOptions['report'];
}

const warnOf = ({ log, report }: Observers, action: string, text: string): void => {
  log.warn(action, {}, text);
  report({ type: 'notice', level: 'warn', text });
};

/** A gateway that wants a certificate of every client refuses this one, which has none. */
const wantsClientCertificate = ({ tls }: Config['server']): boolean =>
  tls.clientCa !== undefined && tls.clientAuth === 'required';

const NO_CERTIFICATE =
  'server.tls.clientAuth is `required`, and it has no certificate: nothing of the gateway is scraped, only the collectors are; ' +
  '`optional` lets it in with its token alone (docs/operators.md)';

const supervise = (
  { env, report, watching, onState }: PrometheusOptions,
  { config, paths, life, log, program, address }: Start & { readonly program: string; readonly address: string },
): void => {
  const url = `http://${address}`;
  const { intervalMs, retentionDays } = config.prometheus;
  const running = runProgram({
    ...{ name: 'prometheus', program, args: prometheusArguments(config, paths.prometheus, address), url },
    ...{ cwd: paths.prometheus, runDir: paths.run, env, log, watching, onState },
    isReady: (message) => message === READY,
    onReady: () => report({ type: 'ready', url, intervalMs, retentionDays }),
  });
  life.defer(() => running.stop());
};
