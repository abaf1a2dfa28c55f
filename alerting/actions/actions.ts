// One place that knows everything; the parts know only what they are handed.
import { openTrail } from '../../core/audit/trail.ts';
import { ensureHookToken } from '../../core/config/hook-token.ts';
import { type DataPaths, dataPaths } from '../../core/config/paths.ts';
import { announceProcess } from '../../core/config/run-file.ts';
import type { Config } from '../../core/config/schema.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { answerProfiles } from '../../core/telemetry/asked-profile.ts';
import { assembleBesideGateway } from '../../core/telemetry/beside-gateway.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import { openObservers } from '../../core/telemetry/observers.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Action, ActionContext, ActionState, Notice } from './action.ts';
import { startPlugins } from './assembly.ts';
import { EMAIL, EVERY } from './courier/courier.ts';
import { DEAD_MAN, openDeadMan } from './dead-man/dead-man.ts';
import { createDecisions } from './decisions.ts';
import { createSender } from './email/send.ts';
import { createFlow } from './flow.ts';
import { healthOf, observeHealth } from './health.ts';
import { openUndamaged } from './inbox/database.ts';
import { createInbox, INBOX } from './inbox/inbox.ts';
import { createStore, type Store, type TakenTask } from './inbox/store.ts';
import { createNotices, NOTICE } from './notices.ts';
import { type Outbox, openOutbox } from './outbox/outbox.ts';
import { compilePolicy } from './policy/compile.ts';
import { serveActions } from './server/server.ts';
import type { OnStep } from './steps.ts';
import type { ActionsReport, ActionsRun } from './supervision.ts';
import { openActionTraces } from './traces.ts';
import { createGatewayView } from './view/gateway-view.ts';
import { createMeasure } from './view/measure.ts';
import { watchGateway } from './view/probe-watch.ts';

export interface ActionsOptions {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: ActionsReport) => void;
  /** Aborts a start that is no longer wanted. */
  readonly signal: AbortSignal;
  /** Told between any two steps; for tests that kill the process there. */
  readonly onStep?: OnStep;
}

export interface Actions {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVICE = 'clawdbot-actions';
const DRAIN_MS = 10_000;
const DAY_MS = 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

/** Starts what acts on alerts; undefined where the configuration wants none. */
export const startActions = async (options: ActionsOptions): Promise<Actions | undefined> =>
  assembleBesideGateway(options, (config) => config.actions.enabled, assemble);

const assemble = async (options: ActionsOptions, config: Config, life: AsyncDisposableStack): Promise<Actions> => {
  const { report, env, signal, onStep = () => undefined } = options;
  const paths = dataPaths(options.dataDir);
  const policy = await compilePolicy(config);
  const now = Date.now;
  const names = [
    ...new Set([...policy.plugins.keys(), ...policy.rows.map(({ action }) => action), INBOX, NOTICE, DEAD_MAN]),
  ];
  const about = { serviceName: SERVICE, version: manifest.version, page: 'actions' } as const;
  const noteEgress = (note: EgressNote) => report({ type: 'egress', note });
  const {
    log,
    telemetry,
    traces: sink,
    out,
  } = await openObservers(
    {
      ...about,
      logs: paths.actionsLogs,
      config,
      env,
      pretty: !process.connected,
      noteEgress,
      known: { action: names, notifier: [...config.actions.notifiers.map(({ id }) => id), EMAIL, EVERY] },
    },
    life,
  );
  const traces = openActionTraces({ sink, config: config.telemetry });
  const hookToken = await ensureHookToken(paths);
  const store = openStore(paths, config, { life, log, report });
  const trail = await openTrail({
    ...{ dir: paths.audit, keysDir: paths.keys, serviceName: SERVICE, version: manifest.version },
    // Whom an alert reaches must not depend on whether it can be written down.
    ...{ config: { ...config.audit, onFailure: 'continue' as const }, isVisitor: true },
    report: ({ isFailing, reason }) =>
      log[isFailing ? 'error' : 'info']('audit.write_changed', { 'error.message': reason }),
  });
  life.defer(() => trail.stop());
  const decisions = createDecisions({ store, trail, telemetry, log, now, onStep });
  life.defer(() => decisions.stop());

  let outbox: Outbox | undefined;
  const wake = (): void => outbox?.wake();
  const actions = new Map<string, Action>();
  const notify = createNotices({ store, actions, decisions, now, wake, onStep });
  const measure = createMeasure({ url: config.actions.prometheusUrl, runDir: paths.run });
  const views = { gateway: createGatewayView({ config, paths }), measure };
  const email = createSender({ config: config.email, out });
  const contextOf = (name: string): ActionContext => ({
    ...{ ...views, now, out, log, telemetry, email, paths },
    state: stateOf(store, name),
    decide: async (decision) => decisions.record({ ...decision, action: name }),
    notify: (notice) => notify('', notice),
    firing: () => store.firing(name),
  });
  const onBroken = (name: string, err: unknown): void => {
    const text = `actions: ${name} did not start; what it is asked for fails until the process is started again`;
    log.error('action.start_failed', { err, labels: { action: name } }, text);
    report({ type: 'notice', level: 'warn', text });
  };
  const started = await startPlugins(policy, contextOf, { life, onBroken });
  for (const [name, action] of started) actions.set(name, action);
  // Asked for under an earlier configuration: that it will not be done is told as well.
  for (const { action } of store.pending()) if (!actions.has(action)) actions.set(action, GONE);

  const recovered = store.recover();
  if (recovered > 0)
    log.warn('tasks.recovered', { labels: { tasks: recovered } }, 'attempts whose end nobody saw are made again');
  outbox = openOutbox({
    ...{ store, actions, config: config.actions, now, random: Math.random, log, onStep },
    publish: decisions.publish,
    observe: traces.traceAttempt,
    onDone: (action, delayMs) => telemetry.record('actionsDelay', delayMs / 1000, { action }),
    onFailed: async (taken, { reason }) => {
      if (taken.task.notice === undefined) await notify(taken.action, failureNotice(taken, reason));
    },
  });
  const ownState = stateOf(store, DEAD_MAN);
  const deadMan = openDeadMan({
    ...{ config: config.actions.deadMan, state: ownState, now, log, every, notify: (notice) => notify('', notice) },
    egress: config.actions.deadMan.heartbeatUrl === undefined ? undefined : out.open(HEARTBEAT_ERRAND),
  });
  const parts = { store, deadMan, actions, now };
  observeHealth(telemetry, parts);
  const probing = watchGateway(views.gateway, { telemetry });
  life.defer(() => probing.stop());
  const forgetting = setInterval(() => forget(store, config, log), FORGET_EVERY_MS).unref();
  const inbox = createInbox({ store, rows: policy.rows, now, onStep });
  const page = await serveActions({
    ...{ config: config.actions, version: manifest.version, hookToken, telemetry, log, onStep, signal },
    take: traces.traceWebhooks(createFlow({ inbox, outbox, decisions, deadMan })),
    decisions: store.decisions,
    health: () => healthOf(parts),
    onTaken(port) {
      const text = `actions: port ${port} belongs to another program; waiting for it (actions.port sets another)`;
      log.warn('page.port_taken', { labels: { port } }, text);
      report({ type: 'notice', level: 'warn', text });
    },
  });
  const withdraw = await announceProcess(paths.run, 'actions', runOf(page.url, config));
  life.defer(answerProfiles('actions', paths));
  log.info('actions.started', {}, `webhooks on ${page.url}/hooks/<receiver>`);
  report({ type: 'listening', url: page.url, pid: process.pid });
  life.defer(async () => {
    clearInterval(forgetting);
    await withdraw();
    await page.close(true);
    await deadMan.stop();
    await outbox?.stop(DRAIN_MS);
  });
  return { url: page.url, stop: () => life.disposeAsync() };
};

const GONE: Action = {
  perform: async () => ({ outcome: 'failed', reason: 'the configuration has no such action any more' }),
  stop: async () => undefined,
};

const HEARTBEAT_ERRAND = {
  purpose: 'webhook',
  dataClass: 'none',
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
} as const;

const openStore = (
  { actionsDb: file }: DataPaths,
  { actions }: Config,
  { life, log, report }: Pick<ActionsOptions, 'report'> & { readonly life: AsyncDisposableStack; readonly log: Logger },
): Store => {
  const database = openUndamaged({ file, maxBytes: actions.maxStoreBytes }, (aside) => {
    const text = `actions: their database was damaged and is put aside as ${aside}; what it still had to do is lost`;
    log.error('actions.store_damaged', { 'file.path': aside }, text);
    report({ type: 'notice', level: 'warn', text });
  });
  const store = createStore(database);
  life.defer(() => store.close());
  return store;
};

const forget = (store: Store, { actions }: Config, log: Logger): void => {
  try {
    store.forget(Date.now() - actions.retentionDays * DAY_MS);
  } catch (err) {
    log.warn('actions.store_failed', { err }, 'what is past its retention could not be deleted');
  }
};

const stateOf = (store: Store, action: string): ActionState => ({
  get: (key) => store.get(action, key),
  put: async (key, value) => store.durably(() => store.put(action, key, value)),
});

const every = (ms: number, act: () => void): (() => void) => {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
};

const failureNotice = ({ action, task }: TakenTask, reason: string): Notice => {
  const alert = task.alerts[0]?.labels.alertname ?? 'an alert';
  return {
    severity: 'critical',
    title: `${action} failed`,
    text: `Nothing was done about ${alert} by ${action}: ${reason}. «clawdbot actions list» shows what else was done.`,
    incident: task.incident,
  };
};

const runOf = (url: string, { actions: { tls, tokenFile } }: Config): ActionsRun => ({
  ...{ pid: process.pid, url, startedAt: new Date().toISOString() },
  ...(tls.cert === undefined ? {} : { certFile: tls.cert }),
  ...(tokenFile === undefined ? {} : { tokenFile }),
});
