import { fileURLToPath } from 'node:url';
import { trailLogger } from '../../core/audit/logger.ts';
import { findConfigFile, type LoadedConfig, type LoadOptions, loadConfig } from '../../core/config/load.ts';
import { type DataPaths, dataPaths, modelsDir } from '../../core/config/paths.ts';
import { makeFolder } from '../../core/config/private-files.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { createBackoff } from '../../core/resilience/backoff.ts';
import { createSteadyClock } from '../../core/resilience/steady-clock.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createAdmission } from './admit/admission.ts';
import { operationsOf } from './api.ts';
import { createAuth } from './auth/auth.ts';
import { createFlow, type Flow } from './flow.ts';
import { withDocs } from './http/docs.ts';
import { listenApart } from './http/listen-apart.ts';
import { createJobPrivacy } from './job-privacy.ts';
import { createLeaveControl } from './leave-control.ts';
import { followConfig } from './live-config.ts';
import { createModelSupply } from './model-supply.ts';
import { createFetcher } from './models/fetcher.ts';
import { narrateRoute } from './narrate-route.ts';
import { observeFlow } from './observe.ts';
import { auditedWith, openAudit, openGatewayTrail } from './open-audit.ts';
import { openServerCertificates } from './open-certificates.ts';
import { openJobs } from './open-jobs.ts';
import { openRedaction } from './open-redaction.ts';
import { openTelemetry } from './open-telemetry.ts';
import { checkRedaction } from './redact/stage/check.ts';
import type { NoteApplied } from './redact/stage/notes.ts';
import { openResponseCache } from './response-cache.ts';
import { createRoute } from './route/route.ts';
import { openRunFiles } from './run-files.ts';
import { createRunMint } from './run-mint.ts';
import type { RunningStages } from './running-stages.ts';
import { startHalfOpen } from './start-half-open.ts';
import { createStatus, type Status } from './status.ts';
import { createStop } from './stop.ts';
import type { GatewayReport } from './supervision.ts';
import { timeStages } from './time-stages.ts';
import { openUsage } from './usage/usage.ts';

export interface GatewayOptions {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  /** Told what a person or a supervisor wants to see. */
  readonly report: (report: GatewayReport) => void;
  /** Aborts a start that is no longer wanted. */
  readonly signal: AbortSignal;
  /** False: nothing is measured, to find out what measuring costs. */
  readonly hasTelemetry?: boolean;
}

export interface Gateway {
  readonly url: string;
  /** Enters an attempt of another process into the books of what leaves. */
  readonly noteEgress: (note: EgressNote) => void;
  /** Drains for `server.drainMs`, or ends at once; a second call may shorten the first. */
  stop(now: boolean): Promise<void>;
}

const VERSION = manifest.version;
const ENGINE_ENTRY = fileURLToPath(new URL('../engine/main.ts', import.meta.url));
const monotonic = (): number => performance.now();

/** Assembles the stages into a running gateway. Whatever was started is stopped again when a later step fails. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const life = new AsyncDisposableStack();
  try {
    return await assemble(options, life);
  } catch (error) {
    await life.disposeAsync();
    throw error;
  }
};

const assemble = async (options: GatewayOptions, life: AsyncDisposableStack): Promise<Gateway> => {
  const { report, env } = options;
  const paths = await makeDataFolder(options.dataDir);
  const load = loaderOf(options);
  const { config, file } = load();
  report({ type: 'configuration', file: file ?? null });
  const { redaction, seal } = openRedaction(config, paths);
  const observers = await openTelemetry({
    ...{ config, version: VERSION, dir: paths.logs, redact: redaction.record, now: monotonic },
    enabled: options.hasTelemetry !== false,
  });
  life.defer(() => observers.stop());
  const { files, telemetry, traces } = observers;

  const trail = await openGatewayTrail({ config, paths, telemetry, log: files.app, version: VERSION });
  life.defer(() => trail.stop());
  const log: Loggers = { ...files, audit: trailLogger(trail) };

  const leave = createLeaveControl({ config, env, log, telemetry });
  const { wayOut } = leave;
  observers.connect(wayOut);
  const auth = await createAuth({
    ...{ config: config.auth, server: config.server, paths, wayOut, telemetry },
    ...{ log: log.app, audit: log.audit },
  });
  life.defer(() => auth.stop());
  const certificates = await openServerCertificates(config, paths, { log, telemetry, report });
  life.defer(() => certificates.stop());

  const { downloads } = config;
  const fetcher = createFetcher({ dir: modelsDir(env), env, downloads, egress: leave.downloads, note: leave.note });
  life.defer(() => fetcher.stop());
  const route = createRoute({
    config,
    engineEntry: ENGINE_ENTRY,
    supply: createModelSupply(fetcher),
    egress: leave.engines,
    createBackoff,
    now: monotonic,
    log: log.app,
    engineLog: log.engine,
    telemetry,
  });
  life.defer(() => route.stop());
  await startHalfOpen({ file: paths.halfOpen, models: config.models.map(({ id }) => id), route, log });
  const steadyNow = createSteadyClock();
  const admission = createAdmission({ limits: config.limits, now: steadyNow, telemetry });

  const cache = await openResponseCache({ config, log, telemetry, route, steadyNow });
  life.defer(() => cache.stop());

  const usage = openUsage({ ...config.usage, file: paths.usageDb, log: log.app, now: Date.now });
  life.defer(() => usage.stop());
  const audit = await openAudit({ config, log, telemetry, route, trail, usage, env, redact: redaction.record });
  life.defer(() => audit.stop());
  const noteApplied: NoteApplied = (requestId, note) => audit.stage.noteRedaction(requestId, note);
  redaction.attach({ telemetry, audit: log.audit, noteApplied });

  const stages = { config, log, telemetry, traces, auth, redaction, route, admission, cache, leave, paths, steadyNow };
  const status = createStatus({ ...stages, version: VERSION, carries: () => (redaction.isOn ? 'redacted' : 'prompt') });
  const arrow = openFlow(stages, status);
  const jobs = openJobs(stages, traces.traceJobs(audit.stage.observeJobs(arrow)), createJobPrivacy(redaction, seal));
  life.defer(() => jobs.stop());
  const flow = audit.stage.observeRequests(arrow);
  const audited = auditedWith({ audit, trail, usage, jobs, cache });

  const server = await listenApart({
    operations: withDocs(operationsOf({ ...stages, ...audited, flow, jobs, status }), VERSION),
    gate: auth,
    config: config.server,
    certificates,
    log,
    telemetry,
    audit: audit.stage,
    traces,
    privacy: redaction,
    shed() {
      const refusal = admission.refusal();
      if (refusal !== undefined) telemetry.counter('requests', { outcome: 'rejected' });
      return refusal;
    },
  });
  life.defer(() => server.close(0));
  const { url, adminUrl } = server;
  const runFiles = await openRunFiles({
    dir: paths.run,
    mint: createRunMint(config, paths, log.audit),
    onError: (err) => log.app.warn('run_files.failed', { err }),
  });
  life.defer(() => runFiles.stop());
  await runFiles.announce({
    pid: process.pid,
    url,
    ...(adminUrl === undefined ? {} : { adminUrl }),
    version: VERSION,
    startedAt: new Date().toISOString(),
    issuer: config.auth.jwt.issuer,
    audience: config.auth.jwt.audience,
  });
  report({
    type: 'listening',
    url,
    pid: process.pid,
    caFile: certificates.caFile ?? null,
    headerFiles: runFiles.headerFiles,
  });
  const alsoOn = adminUrl === undefined ? '' : `, and for administration on ${adminUrl}`;
  log.app.info('gateway.started', { labels: { port: server.port, version: VERSION } }, `listening on ${url}${alsoOn}`);

  const following = followConfig({ ...stages, audit, file, load, jobs, status, report });
  life.defer(() => following.stop());
  const narration = narrateRoute({ route, admission, models: config.models, report });
  life.defer(() => narration.stop());
  route.start();
  status.attach(jobs);
  await narration.viable(options.signal);
  return { url, noteEgress: leave.note, stop: createStop({ ...stages, jobs, server, status, life }) };
};

const makeDataFolder = async (dir: string): Promise<DataPaths> => {
  const paths = dataPaths(dir);
  for (const folder of [paths.dir, paths.logs]) await makeFolder(folder);
  return paths;
};

const loaderOf = ({ configFile, dataDir, env, flags }: GatewayOptions): (() => LoadedConfig) => {
  const file = configFile ?? findConfigFile(env, ['', dataDir]);
  const loadOptions: LoadOptions = { env, flags, check: checkRedaction, ...(file === undefined ? {} : { file }) };
  return () => loadConfig(loadOptions);
};

const openFlow = (stages: RunningStages, status: Status): Flow => {
  const { config, telemetry, traces, redaction, route, admission, cache } = stages;
  const modelIds = new Set(config.models.map(({ id }) => id));
  const flow = createFlow(
    timeStages({
      models: { choose: status.choose },
      degrade: status.degrade,
      redact: redaction,
      admit: admission,
      cache,
      route,
      limits: () => admission.snapshot().limits,
      now: stages.steadyNow,
    }),
  );
  return observeFlow(flow, {
    telemetry,
    traces,
    now: monotonic,
    isModel: (id) => modelIds.has(id),
    recordContent: config.telemetry.content ? redaction.record : undefined,
  });
};
