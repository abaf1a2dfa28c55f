import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { scriptedModel } from '../gateway.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Prometheus has a test file of its own. */
const QUIET = {
  collectors: { port: 0 },
  actions: { port: 0 },
  prometheus: { enabled: false },
  alertmanager: { enabled: false },
};

/** `clawdbot up` as a person starts it, with its output read as it comes. */
const startUp = (
  model = scriptedModel({ reply: 'a b c d e f', charactersPerChunk: 1, tokenMs: 200 }),
  more: readonly string[] = [],
) => {
  const data = mkdtempSync(join(tmpdir(), 'clawdbot-up-'));
  folders.push(data);
  const config = join(data, 'clawdbot.yaml');
  writeFileSync(config, stringify({ ...QUIET, server: { port: 0, drainMs: 15_000 }, models: [model] }));
  const child = spawn(process.execPath, [CLI, 'up', '--data', data, '--config', config, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    data,
    child,
    exit,
    read: () => output,
    ready: () =>
      until(
        () => output,
        (text) => text.includes('Ready:'),
      ),
  };
};

/** Ids of a process and everything below it. */
const family = (pid: number): number[] => {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const below = (parent: number): number[] =>
    table
      .filter(([, ppid, stat]) => Number(ppid) === parent && !stat?.startsWith('Z'))
      .flatMap(([id]) => [Number(id), ...below(Number(id))]);
  return [pid, ...below(pid)];
};

const isAlive = (pid: number): boolean => {
  const table = execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' });
  return new RegExp(`^\\s*${pid}\\s+[^Z]`, 'm').test(table);
};

const curl = (line: string): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    child.once('close', () => resolve(text));
  });

const pasted = (output: string): string =>
  output
    .split('\n')
    .find((line) => line.startsWith('  curl '))
    ?.trim() ?? '';

describe('clawdbot up', () => {
  it('leaves nothing behind either when it is stopped before its model is ready', async () => {
    const up = startUp({ ...scriptedModel(), options: { loadMs: 600_000 } });
    const run = join(up.data, 'run');
    const announcement = join(run, 'gateway.json');
    await until(
      () => existsSync(announcement),
      (isThere) => isThere,
    );
    expect(readdirSync(run)).toEqual(expect.arrayContaining(['gateway.json', 'inference.header', 'metrics.header']));
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
    expect(readdirSync(run)).toEqual([]);
  });

  it('ends with a curl line that works when pasted, and leaves nothing behind when stopped', async () => {
    const up = startUp(scriptedModel({ reply: 'echo' }));
    await up.ready();
    expect(JSON.parse(await curl(pasted(up.read())))).toMatchObject({
      text: 'The three primary colours are',
      model: 'scripted',
    });
    const processes = family(up.child.pid ?? 0);
    expect(processes.length).toBe(5);
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
    await until(
      () => processes.filter(isAlive),
      (alive) => alive.length === 0,
    );
    expect(readdirSync(join(up.data, 'run'))).toEqual([]);
  });

  it('lets a running answer finish while it drains', async () => {
    const up = startUp();
    await up.ready();
    const answer = curl(pasted(up.read()));
    const metrics =
      up
        .read()
        .split('\n')
        .filter((line) => line.startsWith('  curl '))[1]
        ?.trim() ?? '';
    await until(
      () => curl(metrics),
      (page) => page.includes('clawdbot_requests_active 1'),
    );
    up.child.kill('SIGTERM');
    expect(JSON.parse(await answer)).toMatchObject({ text: 'a b c d e f' });
    expect(await up.exit).toBe(0);
  });

  it('stops at once at the second signal', async () => {
    const up = startUp(scriptedModel({ reply: 'never ends', charactersPerChunk: 1, tokenMs: 600_000 }));
    await up.ready();
    const answer = curl(pasted(up.read()));
    const metrics =
      up
        .read()
        .split('\n')
        .filter((line) => line.startsWith('  curl '))[1]
        ?.trim() ?? '';
    await until(
      () => curl(metrics),
      (page) => page.includes('clawdbot_requests_active 1'),
    );
    up.child.kill('SIGTERM');
    await until(up.read, (text) => text.includes('draining'));
    up.child.kill('SIGTERM');
    await up.exit;
    await answer;
    expect(up.read()).toContain('stopping now');
  });

  it.each([0, 1, 2, 3, 4])(
    'leaves no process behind when process %i of the family is killed and then the supervisor',
    async (index) => {
      const up = startUp(scriptedModel({ reply: 'echo' }));
      await up.ready();
      const victims = family(up.child.pid ?? 0);
      process.kill(victims[index] ?? 0, 'SIGKILL');
      if (index > 0) {
        // It comes back by itself.
        await until(
          () => family(up.child.pid ?? 0),
          (now) => now.length === 5 && now[index] !== victims[index],
        );
      }
      const processes = [...victims, ...(index === 0 ? [] : family(up.child.pid ?? 0))];
      up.child.kill('SIGKILL');
      await up.exit;
      await until(
        () => processes.filter(isAlive),
        (alive) => alive.length === 0,
      );
    },
  );

  it('leaves a gateway that is held down until it is released, as often as it ends', async () => {
    const up = startUp(scriptedModel({ reply: 'echo' }), ['--hold', 'gateway']);
    await up.ready();
    const gateway = (): number => JSON.parse(readFileSync(join(up.data, 'run', 'gateway.json'), 'utf8')).pid;
    for (const round of [1, 2]) {
      const victim = gateway();
      process.kill(victim, 'SIGKILL');
      await until(up.read, (text) => text.split('held down until SIGUSR2').length === round + 1);
      expect(gateway()).toBe(victim);
      up.child.kill('SIGUSR2');
      await until(gateway, (pid) => pid !== victim && isAlive(pid));
    }
    // Not held: nothing happens.
    up.child.kill('SIGUSR2');
    process.kill(gateway(), 'SIGKILL');
    await until(up.read, (text) => text.split('held down until SIGUSR2').length === 4);
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
  });

  it('says what is wrong with a configuration and exits with 78', async () => {
    const data = mkdtempSync(join(tmpdir(), 'clawdbot-up-'));
    folders.push(data);
    const config = join(data, 'clawdbot.yaml');
    writeFileSync(config, 'limits: { maxConcurency: 4 }\n');
    const child = spawn(process.execPath, [CLI, 'up', '--data', data, '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(78);
    expect(output).toMatch(/maxConcurency.*maxConcurrency/s);
  });
});
