import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configSchema } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { createJobs } from '../../services/inference/jobs/jobs.ts';
import {
  answer,
  createMeasurements,
  createRecorder,
  promptOf,
  submissionOf,
} from '../../services/inference/jobs/test-jobs.ts';

/** Told to the test over IPC: something happened, or nothing is left to do. */
export type WorkerReport = { readonly type: 'progress' } | { readonly type: 'idle' };

const [folder = '', origin = '', count = '0'] = process.argv.slice(2);
const TOKEN_MS = 2;
const POLL_MS = 10;
const EVERY_FIFTH = 5;

const report = (type: WorkerReport['type']): void => void process.send?.({ type });

/** One write per line, so that a line is there or not, whenever the process dies. */
const note = (...words: readonly string[]): void => {
  appendFileSync(join(folder, 'journal'), `${words.join(' ')}\n`);
  report('progress');
};

const failedHere = new Set<string>();

const jobs = createJobs({
  file: join(folder, 'jobs.db'),
  webhookKeyFile: join(folder, 'webhook.key'),
  config: configSchema.parse({
    jobs: {
      concurrency: 4,
      maxAttempts: 100,
      callbacks: { allow: [origin], allowAddresses: ['127.0.0.1/32'], attempts: 50 },
    },
  }).jobs,
  async *run(payload, { signal, jobId }) {
    const prompt = promptOf(payload);
    note('started', prompt, jobId);
    const isFlawed = Number(prompt) % EVERY_FIFTH === 0 && !failedHere.has(prompt);
    for await (const event of answer(`answer ${prompt}`, ` of ${process.pid}`)) {
      await delay(TOKEN_MS, undefined, { signal });
      if (isFlawed) {
        failedHere.add(prompt);
        throw new ServiceError('ERR_ENGINE_DIED', 'the scripted engine died');
      }
      yield event;
    }
    note('answered', prompt, jobId);
  },
  now: Date.now,
  random: () => 0,
  log: createRecorder().log,
  telemetry: createMeasurements().telemetry,
});

process.once('disconnect', () => void jobs.stop());

for (let number = 0; number < Number(count); number += 1) {
  const { id } = jobs.submit(
    submissionOf(String(number), { idempotencyKey: `key-${number}`, callbackUrl: `${origin}/${number}` }),
  );
  note('accepted', String(number), id);
  await delay(1);
}

const watch = setInterval(() => {
  const { queued, running } = jobs.counts();
  if (queued + running > 0) return;
  clearInterval(watch);
  report('idle');
}, POLL_MS);
