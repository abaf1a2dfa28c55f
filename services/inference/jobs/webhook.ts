import { Webhook } from 'standardwebhooks';
import { type FinalState, isoTime, type Job, type JobRecord, stateSince, viewOf } from './job.ts';

/** What a receiver gets: the same in every attempt. */
export interface WebhookBody {
  readonly type: `job.${FinalState}`;
  readonly timestamp: string;
  readonly data: Job;
}

export interface SignedMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs by the Standard Webhooks specification (https://www.standardwebhooks.com), version 1: HMAC-SHA-256. */
export const createSigner = (secret: string) => {
  const webhook = new Webhook(secret);
  return (job: JobRecord, webhookId: string, nowMs: number): SignedMessage => {
    const body = JSON.stringify(bodyOf(job));
    const at = new Date(nowMs);
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'clawdbot',
        'webhook-id': webhookId,
        // Of this attempt: receivers refuse old ones, which is what stops a replay.
        'webhook-timestamp': String(Math.floor(nowMs / 1000)),
        'webhook-signature': webhook.sign(webhookId, at, body),
      },
    };
  };
};

const bodyOf = (job: JobRecord) => ({
  type: `job.${job.state}`,
  timestamp: isoTime(stateSince(job)),
  data: viewOf(job),
});
