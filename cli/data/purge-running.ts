import type { PurgeQuery, PurgeReport } from '../../core/audit/purge.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { openService } from '../local/running-service.ts';

/** Lets the running service purge: it holds the job database and the cache. */
export const purgeRunning = async (data: string, { keyId, before, isDryRun }: PurgeQuery): Promise<PurgeReport> => {
  const service = await openService({ data }, ['admin']);
  try {
    const body = { key: keyId, before: new Date(before).toISOString(), dryRun: isDryRun };
    const answer = await service.send('POST', '/api/v1/admin/purge', body);
    const text = await answer.body.text();
    // Safe: the shape is that of the route, which its own tests hold to the document.
    if (answer.statusCode === 200) return JSON.parse(text) as PurgeReport;
    throw new ServiceError('ERR_HTTP_INTERNAL', `the service answered ${answer.statusCode}: ${text}`);
  } finally {
    await service.close();
  }
};
