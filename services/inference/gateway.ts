import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findConfigFile, type LoadedConfig, type LoadOptions, loadConfig } from '../../core/config/load.ts';
import { type DataPaths, dataPaths, modelsDir } from '../../core/config/paths.ts';
import { makeFolder } from '../../core/config/private-files.ts';
import type { Config } from '../../core/config/schema.ts';
import { createBackoff } from '../../core/resilience/backoff.ts';
import { LOG_STREAMS, type Loggers } from '../../core/telemetry/log.ts';
import { createTelemetry } from '../../core/telemetry/telemetry.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createAdmission } from './admit/admission.ts';
import { operationsOf } from './api.ts';
import { createAuth } from './auth/auth.ts';
import { mintToken } from './auth/mint.ts';
import type { Scope } from './call.ts';
import { createFlow, type Flow } from './flow.ts';
import { type Certificates, openCertificates } from './http/certificates.ts';
import { withDocs } from './http/docs.ts';
import { listen } from './http/server.ts';
import { createJobPrivacy } from './job-privacy.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import type { JobPrivacy } from './jobs/privacy.ts';
import { followConfig } from './live-config.ts';
import { createModelSupply } from './model-supply.ts';
import { createFetcher } from './models/fetcher.ts';
import { narrateRoute } from './narrate-route.ts';
import { observeFlow } from './observe.ts';
import { openLoggers } from './open-loggers.ts';
import { openRedaction } from './open-redaction.ts';
import { checkRedaction } from './redact/stage/check.ts';
import { openResponseCache } from './response-cache.ts';
import { createRoute } from './route/route.ts';
import { openRunFiles } from './run-files.ts';
import type { RunningStages } from './running-stages.ts';
import { createStatus, type Status } from './status.ts';
import { createStop } from './stop.ts';
import type { GatewayReport } from './supervision.ts';

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
  /** Drains for `server.drainMs`, or ends at once; a second call may shorten the first. */
  stop(now: boolean): Promise<void>;
}

const SERVICE = 'clawdbot';
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
  const log = openLoggers(config, {
    dir: paths.logs,
    redact: redaction.record,
    serviceName: SERVICE,
    version: VERSION,
  });
  life.defer(() => log.stop());
  const telemetry = createTelemetry({
    serviceName: SERVICE,
    version: VERSION,
    enabled: options.hasTelemetry !== false,
    known: { 'gen_ai.request.model': config.models.map(({ id }) => id) },
  });
  life.defer(() => telemetry.stop());
  redaction.attach({ telemetry, audit: log.audit });
  telemetry.gauge('logDropped', () => {
    const dropped = log.droppedLines();
    return LOG_STREAMS.map((stream) => ({ value: dropped[stream], labels: { stream } }));
  });

  const auth = await createAuth({ config: config.auth, server: config.server, paths, log: log.app });
  life.defer(() => auth.stop());
  const certificates = await openServerCertificates(config, paths, log, report);
  life.defer(() => certificates.stop());

  const fetcher = createFetcher({ dir: modelsDir(env), env, downloads: config.downloads });
  life.defer(() => fetcher.stop());
  const route = createRoute({
    config,
    engineEntry: ENGINE_ENTRY,
    supply: createModelSupply(fetcher),
    createBackoff,
    now: monotonic,
    log: log.app,
    telemetry,
  });
  life.defer(() => route.stop());
  const admission = createAdmission({ limits: config.limits, now: Date.now, telemetry });

  const cache = await openResponseCache({ config, log, telemetry, route });
  life.defer(() => cache.stop());

  const stages = { config, log, telemetry, auth, redaction, route, admission, cache, paths };
  const status = createStatus({ ...stages, version: VERSION });
  const flow = openFlow(stages, status);
  const jobs = openJobs(stages, flow, createJobPrivacy(redaction, seal));
  life.defer(() => jobs.stop());

  const server = await listen({
    operations: withDocs(operationsOf({ ...stages, flow, jobs, status }), VERSION),
    gate: auth,
    config: config.server,
    certificates,
    log,
    telemetry,
    privacy: redaction,
  });
  life.defer(() => server.close(0));
  const url = urlOf(config, server.port);
  const runFiles = await openRunFiles({
    dir: paths.run,
    mint: minterOf(config, paths),
    onError: (err) => log.app.warn('run_files.failed', { err }),
  });
  life.defer(() => runFiles.stop());
  await runFiles.announce({
    pid: process.pid,
    url,
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
  log.app.info('gateway.started', { labels: { port: server.port, version: VERSION } }, `listening on ${url}`);

  const following = followConfig({ ...stages, file, load, jobs, status, report });
  life.defer(() => following.stop());
  const narration = narrateRoute({ route, admission, models: config.models, report });
  life.defer(() => narration.stop());
  route.start();
  status.attach(jobs);
  await narration.viable(options.signal);
  return { url, stop: createStop({ ...stages, jobs, server, status, life }) };
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

const openServerCertificates = async (
  { server }: Config,
  paths: DataPaths,
  log: Loggers,
  report: GatewayOptions['report'],
): Promise<Certificates> => {
  const hadAuthority = existsSync(join(paths.tls, 'ca.crt'));
  const certificates = await openCertificates({ dir: paths.tls, config: server, log: log.app });
  const caFile = certificates.caFile ?? null;
  const notAfter = new X509Certificate(certificates.current().cert).validToDate.toISOString();
  report({ type: 'certificate', caFile, created: caFile !== null && !hadAuthority, notAfter });
  return certificates;
};

const openFlow = ({ config, telemetry, redaction, route, admission, cache }: RunningStages, status: Status): Flow => {
  const modelIds = new Set(config.models.map(({ id }) => id));
  const flow = createFlow({
    models: { choose: status.choose },
    redact: redaction,
    admit: admission,
    cache,
    route,
    limits: () => admission.snapshot().limits,
    now: Date.now,
  });
  return observeFlow(flow, { telemetry, now: monotonic, isModel: (id) => modelIds.has(id) });
};

const openJobs = ({ config, paths, log, telemetry }: RunningStages, flow: Flow, privacy: JobPrivacy): Jobs =>
  createJobs({
    file: paths.jobsDb,
    webhookKeyFile: join(paths.keys, 'webhook.key'),
    config: config.jobs,
    now: Date.now,
    log: log.app,
    telemetry,
    privacy,
    run: ({ request, model, scenario }, context) =>
      flow.generate({
        requestId: context.requestId,
        caller: { ...context.caller, scopes: new Set(['inference']), address: '' },
        model,
        scenario,
        priority: context.priority,
        deadlineAt: context.deadlineAt,
        signal: context.signal,
        isRedacted: true,
        request,
      }),
  });

const urlOf = ({ server }: Config, port: number): string =>
  `https://${server.host === '127.0.0.1' || server.host === '0.0.0.0' || server.host === '::' ? 'localhost' : server.host}:${port}`;

const minterOf =
  ({ auth }: Config, paths: DataPaths) =>
  (scope: Scope, ttlSeconds: number): Promise<string> =>
    mintToken({ paths, jwt: auth.jwt, subject: 'quickstart', scopes: [scope], ttlSeconds });
