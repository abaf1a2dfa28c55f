import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { JobEventViewOut, JobSubmission, JobsPort, JobViewOut } from './jobs.ts';

/** Jobs that stay queued for ever. */
export const testJobs = ({
  submissions,
  jobs,
}: {
  submissions: JobSubmission[];
  jobs: Map<string, JobViewOut>;
}): JobsPort => ({
  submit(submission) {
    submissions.push(submission);
    return addJob(`job_${submissions.length}`, jobs);
  },
  get: (_tenant, id) => jobs.get(id),
  list: ({ limit }) => [...jobs.values()].reverse().slice(0, limit),
  cancel: (_tenant, id) => jobs.get(id),
  events(_tenant, id) {
    const job = jobs.get(id);
    if (job === undefined) throw new ServiceError('ERR_JOBS_NOT_FOUND', 'no such job');
    return eventsOf(job);
  },
});

async function* eventsOf(job: JobViewOut): AsyncGenerator<JobEventViewOut> {
  yield { type: 'state', state: 'running', at: '2026-01-01T00:00:00.000Z' };
  yield { type: 'text', text: 'hello' };
  yield { type: 'done', job };
}

const addJob = (id: string, jobs: Map<string, JobViewOut>): JobViewOut => {
  const view: JobViewOut = {
    id,
    state: 'queued',
    priority: 'normal',
    attempts: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    cancelRequested: false,
  };
  jobs.set(id, view);
  return view;
};
