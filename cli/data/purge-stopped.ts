import { existsSync } from 'node:fs';
import { openContentStore } from '../../core/audit/content-store.ts';
import { type PurgeQuery, type PurgeReport, purgeFields } from '../../core/audit/purge.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { openSqliteStore } from '../../services/inference/jobs/store/sqlite.ts';
import { purgeUsage } from '../../services/inference/usage/usage.ts';
import { openUsageStore } from '../../services/inference/usage/usage-store.ts';
import { localUser, withTrail } from '../local/trail.ts';

/** Purges the files of a data folder that no service has open; its cache ended with the service. */
export const purgeStopped = (data: string, query: PurgeQuery): Promise<PurgeReport> =>
  withTrail(data, async (trail) => {
    const report: PurgeReport = {
      keyId: query.keyId,
      before: new Date(query.before).toISOString(),
      dryRun: query.isDryRun,
      ...(await purgeJobs(dataPaths(data).jobsDb, query)),
      ...purgeContents(trail.paths.content, query),
      ...purgeDays(dataPaths(data).usageDb, query),
    };
    trail.append('data.purged', { ...localUser(), ...purgeFields(report) });
    return report;
  });

const purgeJobs = async (file: string, query: PurgeQuery): Promise<Pick<PurgeReport, 'jobs' | 'runningJobs'>> => {
  if (!existsSync(file)) return {};
  const store = openSqliteStore({ file });
  try {
    // What a killed service left as running runs no more.
    if (!query.isDryRun) store.recover('purge', Date.now());
    return store.purge(query);
  } finally {
    await store.stop();
  }
};

const purgeContents = (file: string, { keyId, before, isDryRun }: PurgeQuery): Pick<PurgeReport, 'contents'> => {
  if (!existsSync(file)) return {};
  const store = openContentStore(file);
  try {
    return { contents: isDryRun ? store.count(keyId, before) : store.purge(keyId, before) };
  } finally {
    store.close();
  }
};

const purgeDays = (file: string, query: PurgeQuery): Pick<PurgeReport, 'usageRows'> => {
  if (!existsSync(file)) return {};
  const store = openUsageStore(file);
  try {
    return { usageRows: purgeUsage(store, query) };
  } finally {
    store.close();
  }
};
