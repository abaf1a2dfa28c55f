import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const clawdbot = (...words: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });

describe('the command line beside a running service', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway?.stop());

  it('shows how it is, for people and for scripts', async () => {
    const text = await clawdbot('status', '--data', gateway.data);
    expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^ready {2}https:.*\n.*gateway/)]);
    const json = await clawdbot('status', '--json', '--data', gateway.data);
    expect(JSON.parse(json.stdout)).toMatchObject({ ready: true, components: { gateway: { status: 'ok' } } });
  });

  it('mints a token that the service accepts, with nothing else on stdout', async () => {
    const { code, stdout } = await clawdbot(
      'token',
      'mint',
      '--scope',
      'inference',
      '--ttl',
      '1h',
      '--data',
      gateway.data,
    );
    expect(code).toBe(0);
    const answer = await gateway.send(
      'POST',
      '/api/v1/inference',
      { prompt: 'hello' },
      { authorization: `Bearer ${stdout.trim()}` },
    );
    expect([answer.status, answer.json().text]).toEqual([200, 'hello']);
  });

  it('creates a key that works at once and stops working once it is revoked', async () => {
    const created = await clawdbot('key', 'create', '--scope', 'inference', '--name', 'test', '--data', gateway.data);
    const key = /cbk_[A-Za-z0-9]{8}_[\w-]+/.exec(created.stdout)?.[0] ?? '';
    const ask = async () =>
      (await gateway.send('POST', '/api/v1/inference', { prompt: 'hello' }, { authorization: `Bearer ${key}` })).status;
    await expect.poll(ask, { timeout: 60_000 }).toBe(200);
    expect((await clawdbot('key', 'revoke', key.split('_')[1] ?? '', '--data', gateway.data)).code).toBe(0);
    await expect.poll(ask, { timeout: 60_000 }).toBe(401);
  });

  it('lists what may leave the machine, and what did', async () => {
    const text = await clawdbot('egress', 'list', '--data', gateway.data);
    expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/Nothing may leave.*\n\nNothing has tried/s)]);
    const json = await clawdbot('egress', 'list', '--json', '--data', gateway.data);
    expect(JSON.parse(json.stdout)).toEqual({ rows: [], seen: [] });
  });

  it('lists jobs and models', async () => {
    const accepted = await gateway.send('POST', '/api/v1/inference', { prompt: 'later', mode: 'async' });
    const { id } = accepted.json();
    const token = await gateway.token('inference');
    expect(token).not.toBe('');
    const job = await clawdbot('jobs', 'get', String(id), '--json', '--data', gateway.data);
    // The command line has its own identity: jobs of another caller do not exist for it.
    expect(job.code).not.toBe(0);
    const models = await clawdbot('models', 'list', '--json', '--data', gateway.data, '--config', gateway.configFile);
    expect([models.code, models.stdout]).toEqual([0, expect.stringContaining('scripted')]);
  });
});

describe('the command line without a service', () => {
  it('says what is missing and what to do', async () => {
    const { code, stderr } = await clawdbot('status', '--data', '/nonexistent/clawdbot');
    expect([code, stderr]).toEqual([1, expect.stringContaining('npm start')]);
  });

  it('lists what the configuration lets leave, and does not claim that nothing did', async () => {
    const { code, stdout } = await clawdbot(
      'egress',
      'list',
      '--data',
      '/nonexistent/clawdbot',
      '--config',
      'clawdbot.example.yaml',
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/huggingface\.co +model-download +none +models\[0\]/)]);
    expect(stdout).toContain('not known: no service runs');
  });

  it('explains every command', async () => {
    const { code, stdout } = await clawdbot('--help');
    expect(code).toBe(0);
    for (const command of [
      'up',
      'status',
      'chat',
      'models',
      'jobs',
      'token',
      'key',
      'egress',
      'usage',
      'config',
      'alerts',
      'watch',
    ])
      expect(stdout).toContain(command);
  });

  it('exits with 64 for a command or option that does not exist', async () => {
    expect((await clawdbot('upp')).code).toBe(64);
    expect((await clawdbot('status', '--jsn')).code).toBe(64);
  });
});
