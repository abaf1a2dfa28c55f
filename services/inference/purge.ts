import type { ContentStore } from '../../core/audit/content-store.ts';
import { type PurgeQuery, type PurgeReport, purgeFields } from '../../core/audit/purge.ts';
import type { AuditTrail } from '../../core/audit/trail.ts';
import type { Cache } from './cache/cache.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Usage } from './usage/usage.ts';

interface Deps {
  readonly jobs: Pick<Jobs, 'purge'>;
  readonly cache: Pick<Cache, 'forget'>;
  /** Absent: no prompt and no answer is kept beside the trail. */
  readonly content: ContentStore | undefined;
  readonly usage: Pick<Usage, 'purge'>;
  readonly trail: Pick<AuditTrail, 'append' | 'flush'>;
}

/** Who asks for a purge, as its record says it. */
export type PurgedBy = Readonly<Record<string, unknown>>;
export type Purge = (query: PurgeQuery, by: PurgedBy) => Promise<PurgeReport>;

/** Forgets what a key left, in every place of a running service, and puts on record that it did. */
export const createPurge =
  ({ jobs, cache, content, usage, trail }: Deps): Purge =>
  async (query, by) => {
    const { keyId, before, isDryRun } = query;
    if (!isDryRun) await cache.forget(keyId);
    const found = jobs.purge(query);
    const contents = isDryRun ? content?.count(keyId, before) : content?.purge(keyId, before);
    const report: PurgeReport = {
      keyId,
      before: new Date(before).toISOString(),
      dryRun: isDryRun,
      ...found,
      ...(contents === undefined ? {} : { contents }),
      usageRows: usage.purge(query),
      cache: isDryRun ? 'kept' : 'cleared',
    };
    trail.append('data.purged', { ...by, ...purgeFields(report) });
    await trail.flush();
    return report;
  };
