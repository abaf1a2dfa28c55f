import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { modelsDir } from '../../core/config/paths.ts';
import { IMAGES } from './engine/build.ts';
import { type Container, givenEngine, HARDENED, startContainer, until } from './live.ts';

const given = givenEngine();
/** The loopback of the engine's network; its bridge, and a container on that bridge, are outside of the allow-list. */
const BRIDGE = '172.30.0.1';
const CONFIG = {
  server: { host: '0.0.0.0', names: ['localhost', BRIDGE] },
  auth: { allow: ['127.0.0.1/32'] },
};

let service: Container;
let token = '';
beforeAll(async () => {
  if ('missing' in given) return;
  const folder = join(given.folder, 'service');
  mkdirSync(folder);
  writeFileSync(join(folder, 'clawdbot.yaml'), stringify(CONFIG), { mode: 0o644 });
  service = await startContainer(given.docker, [
    ...HARDENED,
    ...['--name', 'service', '--network', 'host', '--volume', 'service-data:/data', '--memory', '2g'],
    ...['--volume', `${modelsDir(process.env)}:/models:ro`, '--volume', `${folder}:/etc/clawdbot:ro`],
    ...['--env', 'CLAWDBOT_CONFIG=/etc/clawdbot/clawdbot.yaml', IMAGES.service],
  ]);
  await service.untilHealth('healthy', AbortSignal.timeout(540_000));
  token = (await service.exec('node', 'cli/main.ts', 'token', 'mint', '--scope', 'inference,metrics,admin')).trim();
});
afterAll(async () => {
  if (!('missing' in given)) await given.docker.try('rm', '--force', 'service');
});

/** Asks from the machine itself. */
const ask = async (path: string, body?: unknown): Promise<{ readonly status: number; readonly body: string }> => {
  if ('missing' in given) throw new Error(given.missing);
  const said = await given.docker.inNetwork('curl', [
    ...['--silent', '--insecure', '--max-time', '120', '--write-out', '\n%{http_code}'],
    ...['--header', `authorization: Bearer ${token}`],
    ...(body === undefined ? [] : ['--header', 'content-type: application/json', '--data', JSON.stringify(body)]),
    `https://127.0.0.1:8443${path}`,
  ]);
  const end = said.stdout.lastIndexOf('\n');
  return { status: Number(said.stdout.slice(end + 1)), body: said.stdout.slice(0, end) };
};

it('answers with the embedded model, on the fast engine, from a root that cannot be written', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const answer = await ask('/api/v1/inference', { prompt: 'Say hello.', maxTokens: 8, temperature: 0 });
  expect(answer.status, answer.body).toBe(200);
  expect(JSON.parse(answer.body).usage.completionTokens).toBeGreaterThan(0);
  expect(await service.exec('node', 'cli/main.ts', 'status')).not.toContain('slower engine');
  expect(await service.exec('node', 'cli/main.ts', '--help')).toContain('token');
  const write = await given.docker.try(
    'exec',
    service.id,
    'node',
    '-e',
    "require('node:fs').writeFileSync('/app/x', '')",
  );
  expect(write.stderr).toContain('EROFS');
});

it('leaves its logs on the volume, where a shipper that may only read finds them', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const script = "process.stdout.write(require('node:fs').readFileSync('/data/logs/access.json'))";
  const lines = await until(
    () =>
      given.docker.run(
        'run',
        '--rm',
        '--network',
        'none',
        '--volume',
        'service-data:/data:ro',
        IMAGES.service,
        '-e',
        script,
      ),
    (text) => text.includes('"/api/v1/inference"'),
    AbortSignal.timeout(60_000),
  );
  for (const line of lines.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty(['@timestamp']);
});

it('refuses an address that is not allowed, and sees the real one', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const script = `
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    fetch('https://${BRIDGE}:8443/api/v1/health/live').then((answer) => console.log(answer.status));`;
  expect(await given.docker.run('run', '--rm', IMAGES.service, '-e', script)).toBe('403');
  expect((await ask('/api/v1/health/live')).status).toBe(200);
});

it('is unhealthy while it hangs and healthy again afterwards', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const tell = (signal: string) =>
    service.exec(
      'node',
      '-e',
      `process.kill(JSON.parse(require('node:fs').readFileSync('/data/run/gateway.json')).pid, '${signal}')`,
    );
  await tell('SIGSTOP');
  await service.untilHealth('unhealthy', AbortSignal.timeout(300_000));
  await tell('SIGCONT');
  await service.untilHealth('healthy', AbortSignal.timeout(300_000));
});

it('starts an engine again that was killed, and reaps what it left', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const processes = async () => (await given.docker.run('top', service.id, '-o', 'pid,stat,args')).split('\n').slice(1);
  const script = `
    const { readdirSync, readFileSync } = require('node:fs');
    const isEngine = (pid) => /engine\\/main\\.ts/.test(readFileSync('/proc/' + pid + '/cmdline', 'utf8'));
    const [pid] = readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && isEngine(name));
    process.kill(Number(pid), 'SIGKILL');
    // An orphan, which only the first process of the container can reap.
    require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 500)'], { detached: true, stdio: 'ignore' }).unref();`;
  await service.exec('node', '-e', script);
  await until(
    () => ask('/api/v1/inference', { prompt: 'Say hello.', maxTokens: 2 }),
    ({ status }) => status === 200,
    AbortSignal.timeout(300_000),
  );
  await until(processes, (lines) => !lines.some((line) => / Z|setTimeout/.test(line)), AbortSignal.timeout(60_000));
});

it('shows no secret in its description, its processes or its output', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  const script = `
    const { readdirSync, readFileSync, statSync } = require('node:fs');
    const files = readdirSync('/data/keys').map((name) => '/data/keys/' + name).concat('/data/run/inference.header');
    console.log(JSON.stringify(files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'latin1').trim())));`;
  const secrets: string[] = JSON.parse(await service.exec('node', '-e', script));
  expect(secrets.length).toBeGreaterThan(1);
  const seen = [
    await given.docker.run('inspect', service.id),
    await given.docker.run('history', '--no-trunc', IMAGES.service),
    await given.docker.run('top', service.id, '-o', 'pid,args'),
    await service.logs(),
  ].join('\n');
  for (const secret of [...secrets, token])
    expect(seen.includes(secret.replace('authorization: Bearer ', ''))).toBe(false);
});

it('drains and ends by itself when it is told to stop', async ({ skip }) => {
  if ('missing' in given) return skip(given.missing);
  await given.docker.run('stop', '--time', '120', service.id);
  expect(await service.inspect('{{.State.ExitCode}} {{.State.OOMKilled}}')).toBe('0 false');
});
