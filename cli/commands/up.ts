import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import type { CollectorsReport } from '../../collectors/supervision.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { createBackoff } from '../../core/resilience/backoff.ts';
import type { GatewayOrder, GatewayReport } from '../../services/inference/supervision.ts';
import { type ActionsBox, type ActionsBoxOptions, openActions } from '../actions/actions.ts';
import { type AlertmanagerBox, type AlertmanagerBoxOptions, openAlertmanager } from '../alertmanager/alertmanager.ts';
import { type AnomalyBox, openAnomaly } from '../anomaly/anomaly.ts';
import { examinerAtStart } from '../doctor/at-start.ts';
import { narrateActions } from '../narration/actions-story.ts';
import { narrateAlertmanager } from '../narration/alertmanager-story.ts';
import { narrateAnomaly } from '../narration/anomaly-story.ts';
import { narrateCollectors } from '../narration/collectors-story.ts';
import { narrateReport, type Story } from '../narration/gateway-story.ts';
import { createNarrator, type Narrator } from '../narration/narrator.ts';
import { narratePrometheus } from '../narration/prometheus-story.ts';
import { narrateState } from '../narration/state-story.ts';
import { openPrometheus, type PrometheusBox } from '../prometheus/prometheus.ts';
import { onStopRequests } from '../setup/stop-requests.ts';
import { superviseChild } from '../supervisor/child.ts';
import { holdUntil } from '../supervisor/hold.ts';
import type { Child } from '../supervisor/keep-running.ts';
import { createMailbox } from '../supervisor/mailbox.ts';
import { VERSION } from '../version.ts';

interface UpOptions {
  readonly config?: string;
  readonly data: string;
  readonly port?: string;
  readonly host?: string;
  readonly hold: readonly 'gateway'[];
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
    .addOption(
      new Option(
        '--hold <process...>',
        'what is not started again when it ends by itself, until this process gets SIGUSR2 (for drills)',
      )
        .choices(['gateway'])
        .default([]),
    )
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
  let actions: ActionsBox | undefined;
  let alertmanager: AlertmanagerBox | undefined;
  let anomaly: AnomalyBox | undefined;
  const examine = examinerAtStart(options.data, narrator);
  const books = createMailbox<EgressNote>((note) => gateway.tell({ type: 'egress', note }));
  const gateway = superviseChild<GatewayReport, GatewayOrder>({
    ...{ entry: GATEWAY, args: gatewayArguments(options) },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    hold: options.hold.includes('gateway') ? holdUntil('SIGUSR2') : undefined,
    onReport: (report) => {
      narrateReport(story, report);
      // From here on the configuration is known to be valid: one process is enough to say what is wrong with it.
      if (report.type === 'configuration') {
        examine(report.file);
        prometheus ??= createPrometheus(options, report.file, narrator, () => anomaly?.prometheusIsThere());
        anomaly ??= superviseAnomaly(options, report.file, narrator, {
          noteEgress: books.add,
          onAddress: (url) => prometheus?.targetAt('clawdbot-anomaly', url),
        });
        actions ??= superviseActions(options, report.file, narrator, {
          noteEgress: books.add,
          onAddress(url) {
            prometheus?.targetAt('clawdbot-actions', url);
            alertmanager?.actionsAt(url);
          },
        });
        alertmanager ??= createAlertmanager(options, report.file, narrator, {
          noteEgress: books.add,
          onAddress: (url) => prometheus?.targetAt('alertmanager', url),
        });
        collectors ??= superviseCollectors(options, narrator, prometheus, books.add);
      }
      if (report.type !== 'listening') return;
      books.open();
      prometheus?.gatewayAt(report);
      actions?.gatewayListens();
    },
    onState(state) {
      if (state.kind !== 'running') books.close();
      narrateState(narrator, 'gateway')(state);
    },
  });
  const requests = onStopRequests((now) => {
    narrator.show('gateway', 'busy', now ? 'gateway: stopping now' : 'gateway: draining (once more to stop now)');
    void gateway.stop(now);
  });
  const code = await gateway.ended;
  // They outlive the gateway, so that its end is on record too.
  await collectors?.stop(true);
  await anomaly?.stop();
  await prometheus?.stop();
  await alertmanager?.stop();
  await actions?.stop();
  requests.close();
  narrator.forget('gateway');
  narrator.say(code === EXIT.ok ? 'ok' : 'fail', code === EXIT.ok ? 'stopped' : `stopped with exit code ${code}`);
  narrator.close();
  return code;
};

/** The service goes on without them. */
const superviseCollectors = (
  options: UpOptions,
  narrator: Narrator,
  prometheus: PrometheusBox,
  noteEgress: (note: EgressNote) => void,
): Child =>
  superviseChild<CollectorsReport>({
    ...{ entry: COLLECTORS, args: commonArguments(options) },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onReport: (report) => {
      narrateCollectors(narrator, report);
      if (report.type === 'listening') prometheus.targetAt('clawdbot-collectors', report.url);
      if (report.type === 'egress') noteEgress(report.note);
    },
    onState: (state) => {
      if (state.kind === 'waiting') narrateState(narrator, 'collectors')(state);
      else narrator.forget('collectors');
    },
  });

/** Nor does it need these. */
const superviseActions = (
  options: UpOptions,
  configFile: string | null,
  narrator: Narrator,
  { noteEgress, onAddress }: Pick<ActionsBoxOptions, 'noteEgress'> & { readonly onAddress: (url: string) => void },
): ActionsBox =>
  openActions({
    ...{ data: options.data, configFile: configFile ?? undefined, args: commonArguments(options), env: process.env },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS, noteEgress },
    report: (report) => {
      narrateActions(narrator, report);
      if (report.type === 'listening') onAddress(report.url);
    },
    onState: (state) => {
      if (state.kind === 'waiting') narrateState(narrator, 'actions')(state);
      else narrator.forget('actions');
    },
  });

/** Nor this one. */
const superviseAnomaly = (
  options: UpOptions,
  configFile: string | null,
  narrator: Narrator,
  { noteEgress, onAddress }: Pick<ActionsBoxOptions, 'noteEgress'> & { readonly onAddress: (url: string) => void },
): AnomalyBox =>
  openAnomaly({
    ...{ configFile: configFile ?? undefined, args: commonArguments(options), env: process.env },
    ...{ backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onReport: (report) => {
      narrateAnomaly(narrator, report);
      if (report.type === 'listening') onAddress(report.url);
      if (report.type === 'egress') noteEgress(report.note);
    },
    onState: (state) => {
      if (state.kind === 'waiting') narrateState(narrator, 'anomaly')(state);
      else narrator.forget('anomaly');
    },
  });

/** Nor does it need this one. */
const createPrometheus = (
  { data }: UpOptions,
  configFile: string | null,
  narrator: Narrator,
  onReady: () => void,
): PrometheusBox =>
  openPrometheus({
    ...{ data, env: process.env, configFile: configFile ?? undefined },
    report: (report) => {
      narratePrometheus(narrator, report);
      if (report.type === 'ready') onReady();
    },
    watching: { backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onState: (state) => {
      if (state.kind === 'ended') narrator.forget('prometheus');
      else narrateState(narrator, 'prometheus')(state);
    },
  });

/** It is there before Prometheus, which sends it alerts. */
const createAlertmanager = (
  { data }: UpOptions,
  configFile: string | null,
  narrator: Narrator,
  told: Pick<AlertmanagerBoxOptions, 'noteEgress' | 'onAddress'>,
): AlertmanagerBox =>
  openAlertmanager({
    ...{ data, env: process.env, configFile: configFile ?? undefined },
    report: (report) => narrateAlertmanager(narrator, report),
    ...told,
    watching: { backoff: createBackoff(RESTART), stableMs: STABLE_MS },
    onState: (state) => {
      if (state.kind === 'ended') narrator.forget('alertmanager');
      else narrateState(narrator, 'alertmanager')(state);
    },
  });

const commonArguments = ({ config, data }: Pick<UpOptions, 'config' | 'data'>): string[] => [
  '--data',
  data,
  ...(config === undefined ? [] : ['--config', config]),
];

const gatewayArguments = ({ config, data, port, host }: Omit<UpOptions, 'hold'>): string[] => [
  ...commonArguments({ data, ...(config === undefined ? {} : { config }) }),
  ...(port === undefined ? [] : ['--port', port]),
  ...(host === undefined ? [] : ['--host', host]),
];
