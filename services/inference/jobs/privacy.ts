import { createHash } from 'node:crypto';
import type { Job, JobEvent, JobRecord } from './job.ts';
import type { Submission } from './submission.ts';

/** What may be stored of a job, and what its owner gets back; whoever assembles the service keeps the promise. */
export interface JobPrivacy {
  /** The submission as it may be stored; throws where it may not be at all. */
  accept(submission: Submission): Submission;
  /** The view of a job with what `accept` took out of the request put back into its answer. */
  reveal(record: JobRecord, job: Job): Job;
  /** The same for its text, in pieces. */
  revealText(record: JobRecord): { push(piece: string): string; end(): string };
  /** The same for equal texts; what the text was cannot be told from it. */
  fingerprint(text: string): string;
  /** A callback address as it may be stored, and back; the host stays readable. `bound` names the job it belongs to. */
  closeUrl(url: URL, bound: string): string;
  openUrl(stored: string, bound: string): string;
}

/** Stores everything as it comes. */
export const NO_PRIVACY: JobPrivacy = {
  accept: (submission) => submission,
  reveal: (_record, job) => job,
  revealText: () => ({ push: (piece) => piece, end: () => '' }),
  fingerprint: (text) => createHash('sha256').update(text).digest('base64'),
  closeUrl: (url) => url.href,
  openUrl: (stored) => stored,
};

/** The events of a job as its owner gets them. */
export async function* revealEvents(
  events: AsyncIterable<JobEvent>,
  read: () => JobRecord | undefined,
  privacy: JobPrivacy,
): AsyncGenerator<JobEvent> {
  let text: ReturnType<JobPrivacy['revealText']> | undefined;
  for await (const event of events) {
    const record = read();
    if (record === undefined) return;
    if (event.type === 'text') {
      text ??= privacy.revealText(record);
      const piece = text.push(event.text);
      if (piece !== '') yield { type: 'text', text: piece };
      continue;
    }
    // What still waits belongs to the run that is over.
    const rest = text?.end() ?? '';
    text = undefined;
    if (rest !== '') yield { type: 'text', text: rest };
    yield event.type === 'done' ? { ...event, job: privacy.reveal(record, event.job) } : event;
  }
}
