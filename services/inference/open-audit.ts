import { readFile } from 'node:fs/promises';
import { type ContentStore, openContentStore } from '../../core/audit/content-store.ts';
import { createSeal } from '../../core/audit/seal.ts';
import { type AuditTrail, openTrail } from '../../core/audit/trail.ts';
import { type DataPaths, modelsDir } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import { type ContentKeeper, createContentKeeper, type Protection } from './audit/content.ts';
import { InferenceAudit } from './audit/inference-audit.ts';
import { createPromptHash } from './audit/prompt-hash.ts';
import type { Jobs } from './jobs/jobs.ts';
import { createModelOrigins } from './model-origins.ts';
import { createPurge } from './purge.ts';
import type { RunningStages } from './running-stages.ts';
import type { Usage } from './usage/usage.ts';

interface TrailDeps {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly telemetry: Telemetry;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly version: string;
}

/** Opens the trail of the gateway, and signs its end: whoever verifies in the first minute has one to hold it against. */
export const openGatewayTrail = async ({ config, paths, log, ...rest }: TrailDeps): Promise<AuditTrail> => {
  const trail = await openTrail({
    ...rest,
    serviceName: 'clawdbot',
    dir: paths.audit,
    keysDir: paths.keys,
    config: config.audit,
    report({ isFailing, reason }) {
      if (isFailing) log.error('audit.write_failed', { 'error.message': reason }, 'the audit trail cannot be written');
      else log.info('audit.write_recovered', {}, 'the audit trail is written again');
    },
  });
  // A trail that cannot be written has said so, and `audit.onFailure` decides.
  await trail.signHead().catch(() => undefined);
  return trail;
};

interface AuditDeps extends Pick<RunningStages, 'config' | 'log' | 'telemetry' | 'route'> {
  readonly trail: AuditTrail;
  readonly usage: Pick<Usage, 'count'>;
  readonly env: NodeJS.ProcessEnv;
  /** What `content: redacted` keeps; absent: that setting is refused. */
  readonly redact?: (text: string) => string;
}

/** The audit stage of a running gateway, and the content it keeps. */
export interface OpenAudit {
  readonly stage: InferenceAudit;
  readonly content: ContentStore | undefined;
  update(config: Pick<Config, 'models'>): void;
  stop(): Promise<void>;
}

interface Parts extends Pick<RunningStages, 'cache'> {
  readonly audit: OpenAudit;
  readonly trail: AuditTrail;
  readonly usage: Usage;
  readonly jobs: Jobs;
}

/** What the routes ask of the trail and of what is kept beside it. */
export const auditedWith = ({ audit, trail, usage, jobs, cache }: Parts) => ({
  trail,
  usage,
  submitting: audit.stage,
  purge: createPurge({ jobs, cache, content: audit.content, usage, trail }),
});

const DAY_MS = 86_400_000;

/** Opens the stage that observes the arrow. */
export const openAudit = async (deps: AuditDeps): Promise<OpenAudit> => {
  const { config, trail, log, route, env } = deps;
  const onError = (err: unknown) => log.app.error('audit.content_failed', { err });
  const protection = await protectionOf(deps);
  const content = protection === undefined ? undefined : openContentStore(trail.paths.content);
  const origins = createModelOrigins({ config, route, modelsDir: modelsDir(env), onError });
  const stage = new InferenceAudit({
    trail,
    promptHash: createPromptHash(trail.keys.salt),
    originOf: origins.of,
    content: keeperOf(deps, protection, content, onError),
    count: deps.usage.count,
    now: () => performance.now(),
  });
  const stopExpiring = content === undefined ? () => undefined : expireDaily(content, deps, onError);
  return {
    stage,
    content,
    update: origins.update,
    async stop() {
      stopExpiring();
      origins.stop();
      await stage.stop();
    },
  };
};

const protectionOf = async ({ config, redact }: AuditDeps): Promise<Protection | undefined> => {
  const { content, auditorKey } = config.audit;
  if (content === 'none') return undefined;
  if (content === 'redacted') {
    if (redact !== undefined) return { kind: 'redacted', redact };
    const message = 'audit.content: expected redaction to be on for `redacted`, got none; use `sealed` or `none`';
    throw new ServiceError('ERR_CONFIG_INVALID', message);
  }
  return { kind: 'sealed', seal: await createSeal(await readKey(auditorKey ?? '')) };
};

const readKey = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `audit.auditorKey: expected a file that can be read, got ${file}; run \`clawdbot audit keygen\``;
    throw new ServiceError('ERR_CONFIG_INVALID', message, { cause });
  }
};

const keeperOf = (
  { config, telemetry }: AuditDeps,
  protection: Protection | undefined,
  store: ContentStore | undefined,
  onError: (error: unknown) => void,
): ContentKeeper | undefined => {
  if (protection === undefined || store === undefined) return undefined;
  return createContentKeeper({
    store,
    protection,
    refuses: config.audit.onFailure === 'refuse',
    telemetry,
    onError,
    now: Date.now,
    steadyNow: () => performance.now(),
  });
};

const expireDaily = (store: ContentStore, { config, trail }: AuditDeps, onError: (error: unknown) => void) => {
  const expire = (): void => {
    try {
      const before = Date.now() - config.audit.retentionDays * DAY_MS;
      const contents = store.expire(before);
      if (contents === 0) return;
      trail.append('audit.content_expired', { labels: { before: new Date(before).toISOString(), contents } });
    } catch (error) {
      onError(error);
    }
  };
  expire();
  const timer = setInterval(expire, DAY_MS).unref();
  return () => clearInterval(timer);
};
