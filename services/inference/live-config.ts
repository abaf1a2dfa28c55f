import type { LoadedConfig } from '../../core/config/load.ts';
import type { Config } from '../../core/config/schema.ts';
import { watchConfig } from '../../core/config/watch.ts';
import { toServiceError } from '../../core/errors/service-error.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { GatewayReport } from './supervision.ts';

interface Takes<T> {
  update(next: T): void;
}

interface Deps {
  readonly config: Config;
  readonly file: string | undefined;
  readonly load: () => LoadedConfig;
  readonly log: Loggers;
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly auth: Takes<Config['auth']>;
  readonly admission: Takes<Config['limits']>;
  readonly redaction: Takes<Config>;
  readonly jobs: Takes<Config['jobs']>;
  readonly cache: Takes<Config>;
  readonly audit: Takes<Config>;
  readonly route: Takes<Config>;
  readonly traces: Takes<Config['telemetry']['sampling']>;
  readonly leave: Takes<Config>;
  readonly status: Takes<Config> & { setConfigProblem(problem: string | undefined): void };
  readonly report: (report: GatewayReport) => void;
}

/** Follows the configuration file and hands every live setting that changed to the stage it belongs to. */
export const followConfig = (deps: Deps): { stop(): void } => {
  if (deps.file === undefined) return { stop: () => undefined };
  return watchConfig({
    file: deps.file,
    load: deps.load,
    current: deps.config,
    onChange: (next, changed) => apply(deps, next, changed),
    onRejected: (error) => reject(deps, error),
    onRestored: () => deps.status.setConfigProblem(undefined),
    onNeedsRestart: (paths) => {
      const text = `configuration: ${paths.join(', ')} changed and will apply after a restart`;
      deps.log.app.warn('config.restart_needed', { labels: { settings: paths } }, text);
      deps.report({ type: 'notice', level: 'warn', text });
    },
  });
};

const apply = (deps: Deps, next: Config, changed: readonly string[]): void => {
  const touches = (section: string) =>
    changed.some((path) => path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`));
  if (touches('auth')) deps.auth.update(next.auth);
  // First: what the others are told is logged by the new rules.
  if (touches('redaction') || touches('scenarios')) deps.redaction.update(next);
  if (touches('jobs')) deps.jobs.update(next.jobs);
  // Before the engines: new options of theirs may lead to a new upstream. Every section may name a destination.
  deps.leave.update(next);
  if (touches('models')) {
    deps.route.update(next);
    deps.audit.update(next);
  }
  // After the engines: an answer must not be kept as one of their new options while they have the old ones.
  if (touches('cache') || touches('scenarios') || touches('models')) deps.cache.update(next);
  if (touches('telemetry')) deps.traces.update(next.telemetry.sampling);
  if (touches('logging')) deps.log.setLevel(next.logging.level);
  if (touches('limits')) {
    deps.admission.update(next.limits);
    deps.telemetry.counter('limitChanges', { source: 'file' });
    deps.log.audit.info('limits.changed', { labels: { source: 'file', after: next.limits } });
  }
  deps.status.update(next);
  deps.status.setConfigProblem(undefined);
  deps.telemetry.counter('configReloads', { outcome: 'applied' });
  deps.log.audit.info('config.reloaded', { labels: { settings: changed } });
  const text = `configuration: ${changed.join(', ')} applied`;
  deps.log.app.info('config.reloaded', { labels: { settings: changed } }, text);
  deps.report({ type: 'notice', level: 'info', text });
};

const reject = (deps: Deps, thrown: unknown): void => {
  const { code, message } = toServiceError(thrown);
  deps.status.setConfigProblem(message);
  deps.telemetry.counter('configReloads', { outcome: 'rejected' });
  deps.log.audit.info('config.rejected', { 'event.outcome': 'failure', 'error.code': code });
  deps.log.app.error(
    'config.rejected',
    { 'error.code': code, 'error.message': message },
    'the configuration file has mistakes; the old settings stay',
  );
  deps.report({ type: 'notice', level: 'warn', text: `configuration not applied, the old settings stay:\n${message}` });
};
