import { describe, expect, it } from 'vitest';
import { scriptedModel, startGateway } from '../gateway.ts';
import { until } from '../stream.ts';

const JOBS = 50;
const KILLS = 20;
const CONFIG = {
  limits: { maxConcurrency: 8 },
  jobs: { concurrency: 8 },
  models: [scriptedModel({ reply: 'done in a moment', charactersPerChunk: 1, tokenMs: 40 })],
};

/** Seeded, so that a failure can be played again. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

interface Job {
  readonly id: string;
  readonly state: string;
}

describe('a gateway killed with jobs in its queue', () => {
  it(`finishes all ${JOBS} jobs exactly once through ${KILLS} kills at random moments`, async () => {
    const next = random(20261123);
    let gateway = await startGateway({ config: CONFIG });
    const submit = (index: number) =>
      gateway.send(
        'POST',
        '/api/v1/inference',
        { prompt: `job ${index}`, mode: 'async' },
        { 'idempotency-key': `job-${index}` },
      );
    const accepted = await Promise.all(Array.from({ length: JOBS }, (_, index) => submit(index)));
    const ids = accepted.map((answer) => (answer.json() as unknown as Job).id);
    expect(new Set(ids).size).toBe(JOBS);

    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, Math.floor(next() * 300)));
      await gateway.stop({ signal: 'SIGKILL', keepData: true });
      gateway = await startGateway({ config: CONFIG, data: gateway.data, until: 'listening' });
    }

    const read = async (id: string) => (await gateway.send('GET', `/api/v1/jobs/${id}`)).json() as unknown as Job;
    const jobs = await until(
      () => Promise.all(ids.map(read)),
      (seen) => seen.every((job) => !['queued', 'running'].includes(job.state)),
    );
    expect(jobs.map((job) => job.state)).toEqual(Array.from({ length: JOBS }, () => 'succeeded'));

    // The same keys again are the same jobs: nothing was stored twice.
    const again = await Promise.all(Array.from({ length: JOBS }, (_, index) => submit(index)));
    expect(again.map((answer) => (answer.json() as unknown as Job).id)).toEqual(ids);
    await gateway.stop();
  });
});
