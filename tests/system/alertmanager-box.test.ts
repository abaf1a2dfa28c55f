import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { scriptedModel } from '../gateway.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const program = debianProgram('alertmanager');
const prometheus = debianProgram('prometheus');

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** `clawdbot up` with an Alertmanager on a free port. */
const startUp = (settings: Record<string, unknown>) => {
  const data = mkdtempSync(join(tmpdir(), 'clawdbot-am-box-'));
  const file = join(data, 'clawdbot.yaml');
  const own = { server: { port: 0 }, collectors: { port: 0 }, models: [scriptedModel()], alertmanager: { port: 0 } };
  writeFileSync(file, stringify({ ...own, prometheus: { port: 0, intervalMs: 1000 }, ...settings }));
  const child = spawn(process.execPath, [CLI, 'up', '--data', data, '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const said = (text: string) =>
    until(
      () => output,
      (all) => all.includes(text),
    );
  const stop = async () => {
    child.kill();
    return exit;
  };
  cleanUps.push(async () => {
    await stop();
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  return { data, said, stop, read: () => output };
};

const runOf = (data: string, name: string): { readonly pid: number; readonly url: string } | undefined => {
  const file = join(data, 'run', `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};

describe('the Alertmanager of clawdbot up', () => {
  beforeEach(({ skip }) => {
    if (program === undefined || prometheus === undefined) skip(missingProgram('alertmanager'));
  });

  it('gets the alerts of Prometheus, shows in the status, comes back when it dies, and ends with the rest', async () => {
    const up = startUp({ email: { to: ['ops@example.org'], smarthost: '127.0.0.1:9' } });
    await up.said('alertmanager: e-mail to 1 by 127.0.0.1:9; on http://127.0.0.1:');
    await up.said('Ready:');
    const list = () =>
      execFileSync(process.execPath, [CLI, 'alerts', 'list', '--json', '--data', up.data], { encoding: 'utf8' });
    // Prometheus found it, and sends it the sign of life.
    await until(list, (text) => text.includes('"alertname": "Watchdog"'));
    const query = async (expression: string): Promise<string> => {
      const url = `${runOf(up.data, 'prometheus')?.url}/api/v1/query?query=${encodeURIComponent(expression)}`;
      const answer = await fetch(url).catch(() => undefined);
      return answer?.ok === true ? answer.text() : '';
    };
    await until(
      () => query('up{job="alertmanager"} == 1'),
      (text) => text.includes('alertmanager'),
    );
    const folder = join(up.data, 'alertmanager');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of [join(folder, 'alertmanager.yml'), join(up.data, 'actions', 'hook-token')])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    const status = execFileSync(process.execPath, [CLI, 'status', '--data', up.data], { encoding: 'utf8' });
    expect(status).toMatch(/^ {2}alertmanager +ready +url=http:\/\/127\.0\.0\.1:/m);
    const egress = execFileSync(process.execPath, [CLI, 'egress', 'list', '--data', up.data], { encoding: 'utf8' });
    expect(egress).toMatch(/127\.0\.0\.1:9 +email/);
    const silenced = ['silence', 'alertname=Quiet', '--for', '1h', '--comment', 'why'];
    execFileSync(process.execPath, [CLI, 'alerts', ...silenced, '--data', up.data]);
    expect(readFileSync(join(up.data, 'audit', 'audit.json'), 'utf8')).toContain('silence.created');
    const before = runOf(up.data, 'alertmanager');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await up.said('alertmanager: ended by signal SIGKILL');
    await until(
      () => runOf(up.data, 'alertmanager')?.pid,
      (pid) => pid !== undefined && pid !== before?.pid,
    );
    await until(
      () => up.read().split('alertmanager: e-mail to 1').length,
      (times) => times === 3,
    );
    expect(await up.stop()).toBe(0);
    expect(readdirSync(join(up.data, 'run'))).toEqual([]);
    const log = readFileSync(join(up.data, 'logs', 'alertmanager', 'app.json'), 'utf8');
    expect(log).toContain('Received SIGTERM');
    // One port, no gossip.
    expect(log).not.toContain('gossip');
  });
});
