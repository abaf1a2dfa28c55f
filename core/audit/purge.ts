/** What is to be forgotten: everything one key left before a time. */
export interface PurgeQuery {
  readonly keyId: string;
  /** Epoch milliseconds. */
  readonly before: number;
  /** Counts, and deletes nothing. */
  readonly isDryRun: boolean;
}

/** What was deleted, or would be; a place that could not be looked at is absent, never 0. */
export interface PurgeReport {
  readonly keyId: string;
  readonly before: string;
  readonly dryRun: boolean;
  /** Jobs with their prompts, results and pending callbacks. */
  readonly jobs?: number;
  /** Jobs that run right now and stay; ask again when they have ended. */
  readonly runningJobs?: number;
  /** Prompts and answers kept beside the audit trail. */
  readonly contents?: number;
  /** Daily sums of its use, each of one model and scenario. */
  readonly usageRows?: number;
  /** Whether all answers the response cache had of this key are gone, whatever their age; it lives with the service. */
  readonly cache?: 'cleared' | 'kept';
}

/** The fields of the record `data.purged`; its time is what excuses content that is not there any more. */
export const purgeFields = (report: PurgeReport): Readonly<Record<string, unknown>> => ({
  'labels.purged_key': report.keyId,
  'labels.before': report.before,
  'labels.dry_run': report.dryRun,
  ...(report.jobs === undefined ? {} : { 'labels.jobs': report.jobs }),
  ...(report.runningJobs === undefined ? {} : { 'labels.running_jobs': report.runningJobs }),
  ...(report.contents === undefined ? {} : { 'labels.contents': report.contents }),
  ...(report.usageRows === undefined ? {} : { 'labels.usage_rows': report.usageRows }),
  ...(report.cache === undefined ? {} : { 'labels.cache': report.cache }),
});

/** A key as callers are known by: `key:<id>` or `jwt:<subject>`; a bare id is that of an API key. */
export const fullKeyId = (text: string): string => (text.includes(':') ? text : `key:${text.replace(/^cbk_/, '')}`);
