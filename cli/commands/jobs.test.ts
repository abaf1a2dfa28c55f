import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../services/inference/jobs/job.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

const JOB: Job = {
  id: 'job_01hzzzzzzzzzzzzzzzzzzzzzzz',
  state: 'succeeded',
  priority: 'normal',
  model: 'scripted',
  attempts: 1,
  createdAt: '2030-01-01T00:00:00.000Z',
  finishedAt: '2030-01-01T00:00:01.000Z',
  cancelRequested: false,
  result: {
    text: 'an answer',
    model: 'scripted',
    finishReason: 'stop',
    usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 0 },
    timings: { queueMs: 0, prefillMs: 1, decodeMs: 2 },
  },
};

let server: Server;
let url: string;
let data: string;
let asked: string[];
let answer: { status: number; body: unknown };

beforeEach(async () => {
  asked = [];
  data = mkdtempSync(join(tmpdir(), 'clawdbot-cli-'));
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a server that listens on TCP has this form of address.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(data, { recursive: true, force: true });
});

const clawdbot = (...words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'jobs', ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });

const ask = (...words: readonly string[]) => clawdbot(...words, '--url', url, '--token', 'secret', '--data', data);

describe('clawdbot jobs', () => {
  it('lists a page and says how to get the next', async () => {
    answer = { status: 200, body: { jobs: [JOB], next: JOB.id } };
    const { code, stdout } = await ask('list', '--state', 'succeeded', '--limit', '1', '--before', 'job_x');
    expect(asked).toEqual(['GET /api/v1/jobs?limit=1&state=succeeded&before=job_x Bearer secret']);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^ID +STATE +PRIORITY +ATTEMPTS +CREATED +FINISHED$/);
    expect(stdout).toContain(`${JOB.id}  succeeded`);
    expect(stdout).toContain(`--before ${JOB.id}`);
  });

  it('says whose jobs it shows when there are none', async () => {
    answer = { status: 200, body: { jobs: [], next: null } };
    const { code, stdout } = await ask('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/no jobs\.\n.*--subject/);
  });

  it('shows a job with its answer, or as JSON', async () => {
    answer = { status: 200, body: JOB };
    const text = await ask('get', JOB.id);
    expect(asked).toEqual([`GET /api/v1/jobs/${JOB.id} Bearer secret`]);
    expect(text.stdout).toMatch(/state +succeeded/);
    expect(text.stdout.trimEnd().endsWith('an answer')).toBe(true);
    const json = await ask('get', JOB.id, '--json');
    expect(JSON.parse(json.stdout)).toEqual(JOB);
  });

  it('cancels a job', async () => {
    const { result: _, ...rest } = JOB;
    answer = { status: 200, body: { ...rest, state: 'cancelled', cancelRequested: true } };
    const { code, stdout } = await ask('cancel', 'job_a/../b');
    expect(asked).toEqual(['DELETE /api/v1/jobs/job_a%2F..%2Fb Bearer secret']);
    expect([code, /state +cancelled/.test(stdout)]).toEqual([0, true]);
  });

  it('passes on why the service refused', async () => {
    answer = { status: 404, body: { error: { code: 'ERR_JOBS_NOT_FOUND', message: 'no such job', requestId: 'r' } } };
    const { code, stderr } = await ask('get', JOB.id);
    expect([code, stderr]).toEqual([1, 'clawdbot: no such job (ERR_JOBS_NOT_FOUND)\n']);
  });

  it.each([[['list', '--state', 'lost']], [['list', '--limit', '0']], [['get']]])(
    'refuses wrong words: %j',
    async (words) => {
      const { code } = await ask(...words);
      expect([code, asked]).toEqual([64, []]);
    },
  );

  it('prints the webhook secret, the same every time', async () => {
    const first = await clawdbot('webhook-secret', '--data', data);
    const second = await clawdbot('webhook-secret', '--data', data);
    expect(first.code).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(() => new Webhook(first.stdout.trim())).not.toThrow();
    expect(statSync(join(data, 'keys', 'webhook.key')).mode & 0o777).toBe(0o600);
  });
});
