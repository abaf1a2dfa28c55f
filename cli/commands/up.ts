import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { CollectorsReport } from '../../collectors/supervision.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { createBackoff } from '../../core/resilience/backoff.ts';
import type { GatewayReport } from '../../services/inference/supervision.ts';
import { narrateCollectors } from '../narration/collectors-story.ts';
import { narrateReport, type Story } from '../narration/gateway-story.ts';
import { createNarrator, type Narrator } from '../narration/narrator.ts';
import { narratePrometheus } from '../narration/prometheus-story.ts';
import { openPrometheus, type PrometheusBox } from '../prometheus/prometheus.ts';
import { onStopRequests } from '../setup/stop-requests.ts';
import { superviseChild } from '../supervisor/child.ts';
import type { Child, ChildState } from '../supervisor/keep-running.ts';
import { VERSION } from '../version.ts';

interface UpOptions {
  readonly config?: string;
  readonly data: string;
  readonly port?: string;
  readonly host?: string;
}

const GATEWAY = fileURLToPath(new URL('../../services/inference/main.ts', import.meta.url));
const COLLECTORS = fileURLToPath(new URL('../../collectors/main.ts', import.meta.url));
const STABLE_MS = 60_000;
const RESTART = { minMs: 250, maxMs: 15_000 };
const GIB = 2 ** 30;

/** `clawdbot up`: starts the service on this machine and watches it until it is told to stop. */
export const upCommand = (): Command =>
  new Command('up')
    .description('start the service on this machine and watch it (npm start)')
    .option(
      '-c, --config <file>',
      'configuration file (default: ./clawdbot.yaml or the one in the data folder, when there is one)',
    )
    .option('-d, --data <dir>', 'folder for keys, certificate, database and logs', defaultDataDir(process.env))
    .option('-p, --port <number>', 'HTTPS port (server.port)')
    .option('--host <address>', 'address to listen on (server.host)')
    .addHelpText(
      'after',
      '\nCtrl-C drains and stops; a second Ctrl-C stops now.\nExit codes: 0 stopped, 69 no model could be served, 73 cannot write, 78 configuration invalid.',
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await up(options);
    });

const up = async (options: UpOptions): Promise<number> => {
  const narrator = createNarrator(process.stdout);
  narrator.say(
    'info',
    `clawdbot ${VERSION} on Node ${process.versions.node}: ${availableParallelism()} cores, ${(totalmem() / GIB).toFixed(1)} GiB memory`,
  );
  const story: Story = { narrator, hasIntroduced: false };
  let collectors: Child | undefined;
  let prometheus: PrometheusBox | undefined;
  const gateway = superviseChild<GatewayReport>({
    ...{ entry: GATEWAY, args: gatewayArguments(options) },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onReport: (report) => {
      narrateReport(story, report);
      // From here on the configuration is known to be valid: one process is enough to say what is wrong with it.
      if (report.type === 'configuration') {
        prometheus ??= createPrometheus(options, report.file, narrator);
        collectors ??= superviseCollectors(options, narrator, prometheus);
      }
      if (report.type === 'listening') prometheus?.gatewayAt(report);
    },
    onState: narrateState(narrator, 'gateway'),
  });
  const requests = onStopRequests((now) => {
    narrator.show('gateway', 'busy', now ? 'gateway: stopping now' : 'gateway: draining (once more to stop now)');
    void gateway.stop(now);
  });
  const code = await gateway.ended;
  // They outlive the gateway, so that its end is on record too.
  await collectors?.stop(true);
  await prometheus?.stop();
  requests.close();
  narrator.forget('gateway');
  narrator.say(code === EXIT.ok ? 'ok' : 'fail', code === EXIT.ok ? 'stopped' : `stopped with exit code ${code}`);
  narrator.close();
  return code;
};

/** The service goes on without them. */
const superviseCollectors = (options: UpOptions, narrator: Narrator, prometheus: PrometheusBox): Child =>
  superviseChild<CollectorsReport>({
    ...{ entry: COLLECTORS, args: commonArguments(options) },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onReport: (report) => {
      narrateCollectors(narrator, report);
      if (report.type === 'listening') prometheus.collectorsAt(report.url);
    },
    onState: (state) => {
      if (state.kind === 'waiting') narrateState(narrator, 'collectors')(state);
      else narrator.forget('collectors');
    },
  });

/** Nor does it need this one. */
const createPrometheus = ({ data }: UpOptions, configFile: string | null, narrator: Narrator): PrometheusBox =>
  openPrometheus({
    ...{ data, env: process.env, configFile: configFile ?? undefined },
    report: (report) => narratePrometheus(narrator, report),
    watching: { backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onState: (state) => {
      if (state.kind === 'ended') narrator.forget('prometheus');
      else narrateState(narrator, 'prometheus')(state);
    },
  });

const narrateState =
  (narrator: Narrator, name: string) =>
  (state: ChildState): void => {
    if (state.kind === 'running') narrator.show(name, 'busy', `${name}: starting (pid ${state.pid})`);
    if (state.kind !== 'waiting') return;
    const wait = Math.ceil(state.restartInMs);
    narrator.show(name, 'warn', `${name}: ended by ${state.reason}, starts again in ${wait} ms`);
  };

const commonArguments = ({ config, data }: UpOptions): string[] => [
  '--data',
  data,
  ...(config === undefined ? [] : ['--config', config]),
];

const gatewayArguments = ({ config, data, port, host }: UpOptions): string[] => [
  ...commonArguments({ data, ...(config === undefined ? {} : { config }) }),
  ...(port === undefined ? [] : ['--port', port]),
  ...(host === undefined ? [] : ['--host', host]),
];
