import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Job, viewOf } from '../../services/inference/jobs/job.ts';
import { openSqliteStore } from '../../services/inference/jobs/store/sqlite.ts';
import type { WorkerReport } from './jobs-worker.ts';

const WORKER = fileURLToPath(new URL('./jobs-worker.ts', import.meta.url));
const JOBS = 50;
const KILLS = 20;
const MAX_REPORTS_PER_LIFE = 14;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawdbot-kill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Seeded, so that a failure can be played again. */
const createRandom = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** Takes callbacks, refuses every third of them, and keeps what it was told under each id. */
const openReceiver = async () => {
  const bodies = new Map<string, string[]>();
  const taken = new Set<string>();
  let calls = 0;
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const secret = readFileSync(join(folder, 'webhook.key'), 'utf8').trim();
    // Safe: the three headers that are read are single strings.
    new Webhook(secret).verify(body, request.headers as Record<string, string>);
    const id = String(request.headers['webhook-id']);
    bodies.set(id, [...(bodies.get(id) ?? []), body]);
    calls += 1;
    const isRefused = calls % 3 === 0;
    if (!isRefused) taken.add(id);
    response.writeHead(isRefused ? 503 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    bodies,
    taken,
    // Safe: a server that listens on TCP has this form of address.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Resolves after so many reports of progress, or when nothing is left to do. */
const livesUntil = (worker: ChildProcess, reports: number): Promise<WorkerReport['type']> =>
  new Promise((resolve, reject) => {
    let left = reports;
    worker.on('message', ({ type }: WorkerReport) => {
      left -= 1;
      if (type === 'idle' || left === 0) resolve(type);
    });
    worker.once('exit', (code) => reject(new Error(`the worker ended by itself with ${code}`)));
  });

/** What a process that starts now would find, without touching it. */
const readJobs = async (): Promise<Job[]> => {
  for (const suffix of ['', '-wal']) {
    rmSync(join(folder, `copy.db${suffix}`), { force: true });
    if (existsSync(join(folder, `jobs.db${suffix}`))) {
      copyFileSync(join(folder, `jobs.db${suffix}`), join(folder, `copy.db${suffix}`));
    }
  }
  const store = openSqliteStore({ file: join(folder, 'copy.db') });
  const jobs = store.list({ tenant: 'one', limit: 2 * JOBS }).map(viewOf);
  await store.stop();
  return jobs;
};

const journal = (word: string): string[][] =>
  readFileSync(join(folder, 'journal'), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([first]) => first === word);

it(`finishes ${JOBS} jobs exactly once through ${KILLS} kills at random moments`, async () => {
  const random = createRandom(20261123);
  const receiver = await openReceiver();
  const start = () => fork(WORKER, [folder, receiver.origin, String(JOBS)], { execArgv: [] });
  const finished = new Map<string, Job>();
  let killsWithWorkLeft = 0;

  for (let kill = 0; kill < KILLS; kill += 1) {
    const worker = start();
    const exited = once(worker, 'exit');
    const last = await livesUntil(worker, 1 + Math.floor(random() * MAX_REPORTS_PER_LIFE));
    worker.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);
    if (last !== 'idle') killsWithWorkLeft += 1;

    const jobs = await readJobs();
    const ids = new Set(jobs.map((job) => job.id));
    for (const [, , id = ''] of journal('accepted')) expect(ids).toContain(id);
    for (const job of jobs.filter(({ state }) => state === 'succeeded')) {
      // What has once been seen as finished stays exactly as it was.
      expect(job).toEqual(finished.get(job.id) ?? job);
      finished.set(job.id, job);
    }
  }
  expect(killsWithWorkLeft).toBeGreaterThan(KILLS / 2);

  const worker = start();
  await livesUntil(worker, Number.POSITIVE_INFINITY);
  await expect.poll(() => receiver.taken.size, { timeout: 60_000 }).toBe(JOBS);
  const exited = once(worker, 'exit');
  worker.disconnect();
  expect(await exited).toEqual([0, null]);

  const jobs = await readJobs();
  expect(jobs).toHaveLength(JOBS);
  for (const job of jobs) {
    expect(job.state).toBe('succeeded');
    expect(job).toEqual(finished.get(job.id) ?? job);
    const bodies = receiver.bodies.get(`msg_${job.id.slice(4)}`) ?? [];
    expect(bodies.map((body) => JSON.parse(body).data)).toEqual(bodies.map(() => job));
  }
  const answered = jobs.map((job) => job.result?.text.replace(/ of \d+$/, '')).sort();
  expect(answered).toEqual(Array.from({ length: JOBS }, (_, number) => `answer ${number}`).sort());
  expect(receiver.bodies.size).toBe(JOBS);
  const idsByNumber = new Map<string, Set<string>>();
  for (const [, number = '', id = ''] of journal('accepted')) {
    idsByNumber.set(number, (idsByNumber.get(number) ?? new Set()).add(id));
  }
  expect([...idsByNumber.values()].map((ids) => ids.size)).toEqual(Array.from({ length: JOBS }, () => 1));
  await receiver.close();
});
