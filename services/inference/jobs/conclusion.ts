import type { Logger } from '../../../core/telemetry/log.ts';
import type { JobRecord } from './job.ts';
import type { Pauses } from './pauses.ts';
import type { JobStore } from './store/job-store.ts';
import type { Verdict } from './verdict.ts';
import { type Random, waitAfter } from './waits.ts';

interface Deps {
  readonly store: Pick<JobStore, 'finish' | 'requeue'>;
  readonly owner: string;
  readonly pauses: Pauses;
  readonly now: () => number;
  readonly random: Random;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

const RETRY_WAITS = { minMs: 1000, maxMs: 60_000 } as const;

/** Carries out verdicts: one change of the store each, then one log line. */
export const createConclude = (deps: Deps): ((verdict: Verdict, job: JobRecord) => void) => {
  const { store, owner, pauses, now } = deps;

  const putBack = (job: JobRecord, attempts: number, notBefore: number): void => {
    if (store.requeue(job.id, owner, { attempts, notBefore })) return;
    // It cannot go back because it was cancelled after its run had failed.
    store.finish(job.id, owner, { state: 'cancelled' }, { attempts, now: now() });
  };
  const retryAt = (attempts: number, minWaitMs: number): number =>
    now() + Math.max(minWaitMs, waitAfter(attempts, RETRY_WAITS, deps.random));

  return (verdict, job) => {
    if (verdict.kind === 'finish') {
      store.finish(job.id, owner, verdict.ending, { attempts: verdict.attempts, now: now() });
      pauses.clear(job);
    } else if (verdict.kind === 'retry') {
      putBack(job, verdict.attempts, retryAt(verdict.attempts, verdict.minWaitMs));
    } else {
      if (verdict.kind === 'wait') pauses.add(verdict.scope, job, now(), verdict.minWaitMs);
      putBack(job, job.attempts, 0);
    }
    report(verdict, job, deps.log);
  };
};

const report = (verdict: Verdict, job: JobRecord, log: Deps['log']): void => {
  const fields = { 'labels.job_id': job.id, 'http.request.id': job.requestId };
  if (verdict.kind === 'release') return log.info('job.released', fields);
  if (verdict.kind === 'wait') return log.debug('job.postponed', { ...fields, 'error.code': verdict.error.code });
  if (verdict.kind === 'retry') {
    return log.warn('job.retried', {
      ...fields,
      'error.code': verdict.error.code,
      'labels.attempts': verdict.attempts,
    });
  }
  const { ending } = verdict;
  if (ending.state !== 'failed') return log.info('job.finished', { ...fields, 'labels.state': ending.state });
  log.warn('job.failed', { ...fields, 'error.code': ending.error.code, 'error.message': ending.error.message });
};
