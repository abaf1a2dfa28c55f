import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { leaveNote } from '../../core/resilience/half-open-note.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const running: TestGateway[] = [];
const start = async (...options: Parameters<typeof startGateway>): Promise<TestGateway> => {
  const gateway = await startGateway(...options);
  running.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

const clawdbot = (gateway: TestGateway, ...words: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [CLI, ...words, '--data', gateway.data], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });

const ask = (gateway: TestGateway) => gateway.send('POST', '/api/v1/inference', { prompt: 'hello' });
const breakers = async (gateway: TestGateway) => (await gateway.send('GET', '/api/v1/admin/breaker')).json().breakers;

describe('a gateway that was given up for dead', () => {
  it('starts as usual when the note is too old', async () => {
    const first = await start();
    const { data } = first;
    await first.stop({ keepData: true, signal: 'SIGKILL' });
    running.length = 0;
    await leaveNote(dataPaths(data).halfOpen, { reason: 'long ago', expiresAt: 1 });
    const again = await start({ data });
    expect(await breakers(again)).toEqual([{ model: 'scripted', state: 'closed' }]);
    expect(existsSync(dataPaths(data).halfOpen)).toBe(false);
  });
});

describe('clawdbot breaker', () => {
  it('shows, opens, half-opens and closes', async () => {
    const gateway = await start({ config: { models: [scriptedModel()], engines: { probeIntervalMs: 3_600_000 } } });
    expect(await clawdbot(gateway, 'breaker', 'list')).toMatch(/^MODEL .*\nscripted +closed +- +-\n$/);
    const opened = await clawdbot(gateway, 'breaker', 'open', '--for', '10m', '--reason', 'a drill', '--json');
    expect(JSON.parse(opened).breakers).toEqual([
      {
        model: 'scripted',
        state: 'open',
        reason: 'a drill',
        expiresInMs: expect.any(Number),
        until: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    const refused = await ask(gateway);
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([503, expect.any(Number)]);
    expect(refused.json()).toMatchObject({ error: { code: 'ERR_ROUTE_BREAKER_OPEN' } });
    expect(await clawdbot(gateway, 'breaker', 'half-open', '--model', 'scripted')).toMatch(/scripted +half-open/);
    expect((await ask(gateway)).status).toBe(200);
    expect(await breakers(gateway)).toEqual([{ model: 'scripted', state: 'closed' }]);
    await clawdbot(gateway, 'breaker', 'open');
    expect(await clawdbot(gateway, 'breaker', 'close')).toMatch(/scripted +closed/);
    expect((await ask(gateway)).status).toBe(200);
    await expect(clawdbot(gateway, 'breaker', 'open', '--model', 'none')).rejects.toMatchObject({ code: 1 });
  });
});
