import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { modelsDir } from '../../core/config/paths.ts';
import { buildGoProgram } from '../go/build.ts';
import { BASE } from './engine/build.ts';
import { buildMonitoring } from './engine/build-monitoring.ts';
import type { Docker } from './engine/docker.ts';
import { givenEngine, until } from './live.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVICES = ['gateway', 'collectors', 'actions', 'prometheus', 'alertmanager'] as const;
const MINUTES = 60_000;

const engine = inject('engine');
const given = givenEngine();

/** The stack as it is in the repository, with images made here and, so that it is fast, a model that says what it is told. */
interface Stack {
  readonly docker: Docker;
  /** `clawdbot deploy …` on it. */
  deploy(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }>;
  compose(...args: readonly string[]): Promise<string>;
}

const open = async (): Promise<Stack | { readonly missing: string }> => {
  if ('missing' in given || 'missing' in engine) return { missing: 'missing' in given ? given.missing : '' };
  const built = await buildGoProgram('docker-compose');
  if (built.state === 'missing') return { missing: `Docker Compose 2.40 cannot be had here: ${built.why}` };
  const folder = join(given.folder, 'compose');
  mkdirSync(folder);
  if (!(await buildMonitoring(given.docker, BASE, folder)))
    return { missing: 'Prometheus and Alertmanager are missing' };
  for (const [image, tag] of [
    ['service', '9.8.7-cpu'],
    ['collectors', '9.8.7'],
    ['actions', '9.8.7'],
  ]) {
    await given.docker.run('tag', `clawdbot/${image}:test`, `clawdbot/${image}:${tag}`);
  }
  writeFileSync(join(folder, 'grafana_password'), 'only-for-this-test');
  const more = join(folder, 'models.yml');
  writeFileSync(more, `services: { gateway: { volumes: ['${modelsDir(process.env)}:/models:ro'] } }\n`);
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${engine.socket}`, LC_ALL: 'C' },
    ...{ CLAWDBOT_VERSION: '9.8.7', CLAWDBOT_SECRETS: folder },
    CLAWDBOT_PROMETHEUS_IMAGE: 'clawdbot-test/prometheus:1',
    CLAWDBOT_ALERTMANAGER_IMAGE: 'clawdbot-test/alertmanager:1',
  };
  const files = ['--file', 'docker-compose.yml', '--file', more, '--project-directory', ROOT];
  const common = ['--state', join(folder, 'deploy'), '--file', more, '--compose', built.file, '--service', ...SERVICES];
  return {
    docker: given.docker,
    async deploy(command, ...args) {
      const words = ['cli/main.ts', 'deploy', String(command), ...common, '--local', '--wait-seconds', '500', ...args];
      const options = {
        cwd: ROOT,
        env,
        extendEnv: false,
        timeout: 9 * MINUTES,
        stdin: 'ignore',
        reject: false,
      } as const;
      const { exitCode = -1, stdout, stderr } = await execa(process.execPath, words, options);
      return { code: exitCode, text: `${stdout}\n${stderr}` };
    },
    async compose(...args) {
      const options = { cwd: ROOT, env, extendEnv: false, timeout: 9 * MINUTES, stdin: 'ignore' } as const;
      return (await execa(built.file, [...files, ...args], options)).stdout;
    },
  };
};

let stack: Stack | { readonly missing: string } = { missing: 'not opened' };
beforeAll(async () => {
  stack = await open();
});
afterAll(async () => {
  if (!('missing' in stack)) await stack.compose('down', '--volumes', '--timeout', '20');
});

const get = async ({ docker }: Stack, url: string) =>
  JSON.parse((await docker.inNetwork('curl', ['--silent', url])).stdout || 'null');

const states = async ({ compose }: Stack): Promise<Record<string, string>> => {
  const lines = (await compose('ps', '--all', '--format', 'json')).split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const { Service: service, State: state, Health: health } = JSON.parse(line);
      return [service, `${state} ${health}`];
    }),
  );
};

it('is a file that Compose takes without a warning, under every profile', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  for (const profile of ['core', 'monitoring', 'gpu', 'all']) {
    expect(await stack.compose('--profile', profile, 'config', '--quiet')).toBe('');
  }
});

it('is deployed step by step until it is healthy, and a second time nothing changes', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  const first = await stack.deploy('up', '--release', '9.8.7');
  expect(first.code, first.text).toBe(0);
  expect(
    first.text
      .split('\n')
      .slice(0, 6)
      .map((line) => line.replace('9.8.7: ', '')),
  ).toEqual([...['check', 'pull', 'configure', 'start', 'watch'], '9.8.7 cpu runs']);
  const seen = await states(stack);
  for (const name of SERVICES) expect(seen[name]).toBe('running healthy');
  const ids = await stack.compose('ps', '--quiet', ...SERVICES);
  expect((await stack.deploy('up', '--release', '9.8.7')).text).toContain('nothing to do');
  expect(await stack.compose('ps', '--quiet', ...SERVICES)).toBe(ids);
});

it('leads from a request to its metric, from a rule to an alert and to the actions', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  const open = stack;
  const token = (
    await open.compose('exec', '-T', 'gateway', 'node', 'cli/main.ts', 'token', 'mint', '--scope', 'inference')
  ).trim();
  const asked = await open.docker.inNetwork('curl', [
    ...[
      '--silent',
      '--insecure',
      '--header',
      `authorization: Bearer ${token}`,
      '--header',
      'content-type: application/json',
    ],
    ...['--data', JSON.stringify({ prompt: 'Say hello.', maxTokens: 2 }), 'https://127.0.0.1:8443/api/v1/inference'],
  ]);
  expect(asked.stdout).toContain('"usage"');
  const query = (text: string) => get(open, `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(text)}`);
  const isTrue = (answer: { data?: { result?: readonly unknown[] } } | null) => (answer?.data?.result?.length ?? 0) > 0;
  for (const text of [
    'clawdbot_requests_total{outcome="ok"} > 0',
    'count(up{job=~"clawdbot|clawdbot-collectors|clawdbot-actions|alertmanager|prometheus"} == 1) == 5',
    'ALERTS{alertname="Watchdog",alertstate="firing"}',
  ]) {
    await until(() => query(text), isTrue, AbortSignal.timeout(4 * MINUTES));
  }
  const alerts = () => get(open, 'http://127.0.0.1:9093/api/v2/alerts');
  const names = (list: readonly { labels: { alertname: string } }[] | null) =>
    (list ?? []).map(({ labels }) => labels.alertname);
  await until(alerts, (list) => names(list).includes('Watchdog'), AbortSignal.timeout(4 * MINUTES));
  // Alertmanager has told the actions: with the token that `prepare` gave both, or it would not be counted as delivered.
  const told =
    'sum(alertmanager_notifications_total{integration="webhook"}) - sum(alertmanager_notifications_failed_total{integration="webhook"}) > 0';
  await until(() => query(told), isTrue, AbortSignal.timeout(6 * MINUTES));
});

it('sees each of its containers return after it ended', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  const open = stack;
  const starts = async () => {
    const ids = (await open.compose('ps', '--quiet', ...SERVICES)).split('\n');
    const lines = await open.docker.run('inspect', '--format', '{{.RestartCount}} {{.State.Health.Status}}', ...ids);
    return lines.split('\n');
  };
  const end =
    "const { readdirSync, readFileSync } = require('node:fs'); for (const pid of readdirSync('/proc')) if (/^\\d+$/.test(pid) && Number(pid) !== process.pid && /main\\.ts/.test(readFileSync('/proc/' + pid + '/cmdline', 'utf8'))) try { process.kill(Number(pid), 'SIGKILL'); } catch {}";
  for (const name of ['gateway', 'collectors', 'actions'])
    await open.compose('exec', '-T', name, 'node', '-e', end).catch(() => undefined);
  for (const name of ['prometheus', 'alertmanager']) await open.compose('exec', '-T', name, 'sh', '-c', 'kill -TERM 1');
  await until(
    starts,
    (lines) => lines.every((line) => /^[1-9]\d* healthy$/.test(line)),
    AbortSignal.timeout(8 * MINUTES),
  );
});

it('goes back to what ran when a release does not become healthy', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  // Images of a version whose gateway is none: the program is not in it.
  for (const [image, tag] of [
    ['service', '9.9.9-cpu'],
    ['collectors', '9.9.9'],
    ['actions', '9.9.9'],
  ]) {
    await stack.docker.run('tag', 'clawdbot/actions:test', `clawdbot/${image}:${tag}`);
  }
  const tried = await stack.deploy('up', '--release', '9.9.9');
  expect(tried.code, tried.text).toBe(1);
  expect(tried.text).toContain('back to 9.8.7');
  expect(tried.text).toContain('9.8.7 cpu runs');
  const seen = await states(stack);
  for (const name of SERVICES) expect(seen[name]).toBe('running healthy');
});

it('shows no credential to whoever may list containers, and takes less than it may', async ({ skip }) => {
  if ('missing' in stack) return skip(stack.missing);
  const { docker, compose } = stack;
  const read = "process.stdout.write(require('node:fs').readFileSync('/data/actions/gateway-token'))";
  const key = (await compose('exec', '-T', 'actions', 'node', '-e', read)).trim();
  expect(key).toMatch(/^cbk_/);
  const ids = (await compose('ps', '--all', '--quiet')).split('\n');
  const seen = [await docker.run('inspect', ...ids), await compose('logs'), await compose('top')].join('\n');
  expect(seen.includes(key)).toBe(false);
  console.log(await docker.run('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'));
});
