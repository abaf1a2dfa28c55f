import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ActionsRun } from '../../alerting/actions/supervision.ts';
import { alertOf, webhookOf } from '../actions.ts';
import { scriptedModel } from '../gateway.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const ASKER = fileURLToPath(new URL('../fixtures/actions/asker.ts', import.meta.url));

let data: string;
let stop: () => Promise<unknown>;
let output = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'clawdbot-actions-up-'));
});
afterEach(async () => {
  await stop();
  rmSync(data, { recursive: true, force: true });
});

const startUp = async (): Promise<void> => {
  const config = join(data, 'clawdbot.yaml');
  const quiet = { collectors: { port: 0 }, prometheus: { enabled: false }, alertmanager: { enabled: false } };
  const actions = { port: 0, policy: [{ receiver: 'ask', action: ASKER }], attempts: { minMs: 50, maxMs: 200 } };
  writeFileSync(config, stringify({ ...quiet, actions, server: { port: 0 }, models: [scriptedModel()] }));
  const up = [CLI, 'up', '--data', data, '--config', config, '--hold', 'gateway'];
  const child = spawn(process.execPath, up, { stdio: ['ignore', 'pipe', 'pipe'] });
  output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exit = new Promise((resolve) => child.once('exit', resolve));
  stop = () => {
    child.kill('SIGTERM');
    return exit;
  };
  await until(
    () => output,
    (text) => text.includes('Ready:'),
  );
};

const read = <T>(file: string): T | undefined => {
  const path = join(data, 'run', file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};
const running = (pidNot = 0): Promise<ActionsRun> =>
  // Safe: what does not hold is not returned.
  until(
    () => read<ActionsRun>('actions.json'),
    (run) => run !== undefined && run.pid !== pidNot,
  ) as Promise<ActionsRun>;

const post = async ({ url }: ActionsRun, name: string): Promise<number> => {
  const token = readFileSync(join(data, 'actions', 'hook-token'), 'utf8').trim();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await request(`${url}/hooks/ask`, {
    method: 'POST',
    headers,
    body: JSON.stringify(webhookOf([alertOf(name)])),
  });
  await answer.body.dump();
  return answer.statusCode;
};

const clawdbot = (...words: readonly string[]) =>
  JSON.parse(execFileSync(process.execPath, [CLI, ...words, '--data', data, '--json'], { encoding: 'utf8' }));

const seen = (name: string) =>
  until(
    () => clawdbot('actions', 'list').actions.find((decision: { alert?: string }) => decision.alert === name),
    (decision) => decision !== undefined,
  );

describe('the actions of clawdbot up', () => {
  it('ask the gateway with a token of their own, come back when killed, and go on when the gateway is dead', async () => {
    await startUp();
    const first = await running();
    await until(
      () => existsSync(join(data, 'actions', 'gateway-token')),
      (isThere) => isThere,
    );
    expect(await post(first, 'Alive')).toBe(200);
    expect(await seen('Alive')).toMatchObject({
      action: 'asker',
      outcome: 'done',
      details: { probe: 'ready', status: 200 },
    });
    expect(clawdbot('status').components.actions).toMatchObject({ status: 'ok', pid: first.pid, url: first.url });

    process.kill(first.pid, 'SIGKILL');
    const second = await running(first.pid);
    expect(await post(second, 'Back')).toBe(200);
    expect(await seen('Back')).toMatchObject({ details: { probe: 'ready', status: 200 } });
    // What the first one did is remembered.
    expect(await post(second, 'Alive')).toBe(200);

    process.kill(read<{ pid: number }>('gateway.json')?.pid ?? 0, 'SIGKILL');
    await until(
      () => output,
      (text) => text.includes('held down until SIGUSR2'),
    );
    expect(await post(second, 'Dead')).toBe(200);
    expect(await seen('Dead')).toMatchObject({ details: { probe: 'unreachable', status: 0 } });
    expect(read<ActionsRun>('actions.json')?.pid).toBe(second.pid);
    await stop();
    expect(read('actions.json')).toBeUndefined();
    expect(existsSync(join(data, 'actions', 'gateway-token'))).toBe(false);
  });
});
