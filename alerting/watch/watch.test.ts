import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hearHeartbeat } from './heartbeat.ts';
import type { Look } from './judge.ts';
import { openMemory } from './memory.ts';
import { createProbe } from './probe.ts';
import { type Clock, type Memory, type Subject, type Telling, watch } from './watch.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-watch-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
});

const START = Date.UTC(2026, 10, 29, 14);
const LIMITS = { failures: 3, overMs: 30_000, successes: 2 };

/** Plays a story of looks, `+` good, `-` bad, `!` one that throws, five seconds apart. */
const play = async (
  story: string,
  {
    memory,
    isTold = () => true,
    from = START,
  }: { memory?: Memory; isTold?: (count: number) => boolean; from?: number } = {},
) => {
  const abort = new AbortController();
  const told: Telling[] = [];
  const said: string[] = [];
  let count = 0;
  let now = from;
  const clock: Clock = {
    now: () => now,
    async wait(ms) {
      now += ms;
      if (count >= story.length) abort.abort();
    },
  };
  const subject: Subject = {
    ...{ id: 'box', name: 'Clawdbot at box', limits: LIMITS },
    look(): Look {
      const sign = story[count];
      count += 1;
      if (sign === '!') throw new Error('the probe itself broke');
      return sign === '+' ? { isWell: true } : { isWell: false, reason: 'connect ECONNREFUSED' };
    },
  };
  let attempts = 0;
  await watch({
    ...{ subjects: [subject], everyMs: 5000, clock, from: 'watcher', signal: abort.signal },
    memory: memory ?? (await openMemory(join(dir, `${Math.random()}.json`))),
    async tell(telling) {
      attempts += 1;
      if (!isTold(attempts)) throw new Error('the gateway of messages is down');
      told.push(telling);
      return { isTold: true, reason: 'sent' };
    },
    say: (level, text) => said.push(`${level} ${text}`),
  });
  return { told, said, attempts: () => attempts };
};

describe('the watch', () => {
  it('tells an outage once, and its end, and what it was', async () => {
    const { told } = await play('++-----------------------++++');
    expect(told).toEqual([
      {
        ...{ incident: `watch:box:${START + 10_000}`, status: 'firing', severity: 'critical' },
        title: 'Clawdbot at box is down',
        text: 'Since 2026-11-29 14:00:10 UTC: connect ECONNREFUSED. Seen from watcher.',
      },
      {
        ...{ incident: `watch:box:${START + 10_000}`, status: 'resolved', severity: 'critical' },
        title: 'Clawdbot at box is back',
        text: 'It was down for 120 s, since 2026-11-29 14:00:10 UTC. Seen from watcher.',
      },
    ]);
  });

  it('tells nothing of a few failures', async () => {
    expect((await play('++-++--++------++')).told).toEqual([]);
  });

  it('goes on when its own probe breaks, and takes that for no good sign', async () => {
    const { told, said } = await play('+!!!!!!!!');
    expect(told.map(({ status }) => status)).toEqual(['firing']);
    expect(said).toContain('warn Clawdbot at box: the probe itself broke');
  });

  it('tries again at every look until somebody could be told', async () => {
    const { told, attempts, said } = await play('-'.repeat(20), { isTold: (count) => count > 3 });
    expect(told).toHaveLength(1);
    expect(attempts()).toBe(4);
    expect(said.filter((line) => line.startsWith('error') && line.includes('is down; it goes on'))).toHaveLength(3);
  });

  it('tells the end of an outage alone that ended before anybody could be told of it', async () => {
    const { told } = await play('-------+++++', { isTold: (count) => count > 1 });
    expect(told.map(({ status }) => status)).toEqual(['resolved']);
  });

  it('remembers over a restart what was told', async () => {
    const file = join(dir, 'watch.json');
    const first = await play('-------', { memory: await openMemory(file) });
    const second = await play('-------', { memory: await openMemory(file), from: START + 60_000 });
    const third = await play('++', { memory: await openMemory(file), from: START + 120_000 });
    // Nor do looks from before it count.
    const file2 = join(dir, 'another.json');
    await play('------', { memory: await openMemory(file2) });
    const late = await play('--', { memory: await openMemory(file2), from: START + 3_600_000 });
    expect(late.told).toEqual([]);
    expect([first, second, third].map(({ told }) => told.map(({ status }) => status))).toEqual([
      ['firing'],
      [],
      ['resolved'],
    ]);
  });

  it('goes on without a memory', async () => {
    const memory: Memory = { get: () => undefined, put: () => Promise.reject(new Error('the disk is full')) };
    const { said } = await play('-------', { memory });
    expect(said).toContain('warn what is known cannot be written down: the disk is full');
    writeFileSync(join(dir, 'cut.json'), '{"box":');
    expect((await openMemory(join(dir, 'cut.json'))).get('box')).toBeUndefined();
  });
});

describe('a probe', () => {
  const serve = async (status: number | undefined, timeoutMs = 60_000) => {
    let connections = 0;
    const server = createServer((_, response) => {
      if (status !== undefined) response.writeHead(status).end('{}');
    });
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo; // of a server that listens on a port
    const target = new URL(`http://127.0.0.1:${port}`);
    const probe = createProbe({ target, ca: undefined, timeoutMs });
    return { look: () => probe(new AbortController().signal), connections: () => connections, server };
  };

  it('connects anew each time', async () => {
    const { look, connections } = await serve(200);
    expect([await look(), await look()]).toEqual([{ isWell: true }, { isWell: true }]);
    expect(connections()).toBe(2);
  });

  it('tells not ready, silent and gone apart', async () => {
    expect(await (await serve(503)).look()).toEqual({ isWell: false, reason: 'it answers, but is not ready (503)' });
    expect(await (await serve(undefined, 500)).look()).toEqual({ isWell: false, reason: 'no answer in 0.5 s' });
    const gone = await serve(200);
    await new Promise((resolve) => gone.server.close(resolve));
    expect(await gone.look()).toEqual({ isWell: false, reason: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('a heartbeat', () => {
  it('is heard with its secret only, and missed after a while', async () => {
    let now = START;
    const heartbeat = await hearHeartbeat({
      ...{ host: '127.0.0.1', port: 0, secret: 'a-long-word', silenceMs: 60_000, now: () => now },
      ...{ onTaken: () => undefined, signal: new AbortController().signal },
    });
    cleanUps.push(() => heartbeat.close());
    const call = async (path: string) => (await fetch(`${heartbeat.url}${path}`, { method: 'POST' })).status;
    now += 60_000;
    expect(heartbeat.look()).toEqual({ isWell: true });
    now += 1000;
    expect(await call('/another')).toBe(404);
    expect(heartbeat.look()).toEqual({ isWell: false, reason: 'no sign of life for 61 s' });
    expect(await call('/a-long-word')).toBe(204);
    expect(heartbeat.look()).toEqual({ isWell: true });
  });
});
