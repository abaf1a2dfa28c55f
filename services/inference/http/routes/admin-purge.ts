import { z } from 'zod';
import { fullKeyId, type PurgeQuery, type PurgeReport } from '../../../../core/audit/purge.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, whoOf } from './admin-audit.ts';
import { json } from './json.ts';
import { count, described, isoTime } from './schemas.ts';

export interface PurgeDeps {
  /** Forgets, and records that it did; `by` is who asked. */
  readonly purge: (query: PurgeQuery, by: Readonly<Record<string, unknown>>) => Promise<PurgeReport>;
}

const KEY_CHARACTERS = 300;

const purgeBody = z.strictObject({
  key: described(
    z.string().min(1).max(KEY_CHARACTERS),
    'Whose data: `key:<id>` of an API key, `jwt:<subject>` of a token; a bare id is that of an API key.',
  ),
  before: described(isoTime, 'What was left before this time.'),
  dryRun: described(z.boolean().default(false), 'Counts, and deletes nothing.'),
});

const purgeReport = z
  .strictObject({
    keyId: z.string(),
    before: isoTime,
    dryRun: z.boolean(),
    jobs: described(count.optional(), 'Jobs with their prompts, results and pending callbacks.'),
    runningJobs: described(count.optional(), 'Jobs that run right now and stay; ask again when they have ended.'),
    contents: described(count.optional(), 'Prompts and answers kept beside the audit trail; absent: none are kept.'),
    usageRows: described(count.optional(), 'Daily sums of what it used, each of one model and scenario.'),
    cache: described(z.enum(['cleared', 'kept']).optional(), 'All cached answers of this key, whatever their age.'),
  })
  .meta({ id: 'PurgeReport' });

/** `POST /api/v1/admin/purge`. */
export const purgeOperations = ({ purge }: PurgeDeps): Operation[] => [
  defineOperation({
    ...ADMIN_ROUTE,
    id: 'purgeData',
    method: 'post',
    path: '/api/v1/admin/purge',
    summary: 'Delete what one key left behind',
    description: [
      'Jobs, cached answers, the prompts and answers kept beside the audit trail, and the daily sums of its use, by whole days',
      'that began before the time. The trail itself stays, and with it who asked when; it never holds a prompt.',
    ].join(' '),
    body: purgeBody,
    errors: ['ERR_JOBS_STORE', 'ERR_JOBS_FULL', 'ERR_AUDIT_UNAVAILABLE', 'ERR_USAGE_STORE'],
    answers: { 200: { description: 'What was deleted.', content: { 'application/json': purgeReport } } },
    async handle(request) {
      const { key, before, dryRun } = request.body;
      const query = { keyId: fullKeyId(key), before: Date.parse(before), isDryRun: dryRun };
      return json(await purge(query, whoOf(request)));
    },
  }),
];
