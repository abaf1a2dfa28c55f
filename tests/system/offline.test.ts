import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import type { GatewayOrder } from '../../services/inference/supervision.ts';
import { embeddedModelFile } from '../embedded-model.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { findOffline } from '../offline.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const THIEF = fileURLToPath(new URL('../fixtures/engines/goes-out.ts', import.meta.url));

/** The suites that use the service most as clients do: the embedded model, the OpenAI routes, the attack list. */
const SUITES = [
  'tests/contract/openai/real-model.test.ts',
  'tests/contract/openai/chat.test.ts',
  'tests/contract/api',
  'tests/contract/security',
];

const offline = findOffline();

describe('with its model in place', () => {
  it('the service passes its suites in a network of nothing but loopback', async ({ skip }) => {
    if ('missing' in offline) return skip(offline.missing);
    await embeddedModelFile();
    const [program = '', ...words] = offline.wrap([
      process.execPath,
      VITEST,
      'run',
      '--project',
      'contract',
      ...SUITES,
    ]);
    // The outer vitest's own variables would make the inner one report to it.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'CLAWDBOT_TEST_REPORT'),
    );
    const { exitCode, all } = await execa(program, words, {
      cwd: ROOT,
      env,
      extendEnv: false,
      reject: false,
      all: true,
    });
    expect(exitCode, all.slice(-4000)).toBe(0);
    expect(all).toMatch(/Tests .*\d+ passed/);
  });

  it('that network is one: a packet to anywhere else finds no way', async ({ skip }) => {
    if ('missing' in offline) return skip(offline.missing);
    const script = "require('node:net').connect(9, '192.0.2.1').on('error', (error) => console.log(error.code))";
    const [program = '', ...words] = offline.wrap([process.execPath, '-e', script]);
    expect((await execa(program, words)).stdout).toBe('ENETUNREACH');
  });
});

describe('an engine that goes where nobody allowed it', () => {
  let gateway: TestGateway | undefined;
  afterEach(() => gateway?.stop().then(() => undefined));

  const start = async (by: 'door' | 'fetch') => {
    gateway = await startGateway({
      config: { models: [{ ...scriptedModel(), id: 'thief', engine: THIEF, options: { by } }] },
    });
    return gateway;
  };
  const ask = (service: TestGateway) => service.send('POST', '/api/v1/inference', { prompt: 'my secret' });

  it('is refused, counted, listed, shown on the health page and written down', async () => {
    const service = await start('door');
    const answer = await ask(service);
    expect([answer.status, answer.json()]).toMatchObject([502, { error: { code: 'ERR_EGRESS_REFUSED' } }]);

    const { seen } = (await service.send('GET', '/api/v1/admin/egress')).json();
    expect(seen).toMatchObject([{ purpose: 'upstream', destination: 'undeclared.example:443', sent: 0, refused: 1 }]);
    const health = (await service.send('GET', '/api/v1/health')).json();
    expect(health).toMatchObject({ components: { egress: { status: 'refusing', refused: { upstream: 1 } } } });
    const metrics = (await service.send('GET', '/api/v1/metrics')).text;
    expect(metrics).toMatch(/clawdbot_egress_total\{outcome="refused",purpose="upstream"\} 1/);

    const readAudit = () => readFileSync(join(dataPaths(service.data).audit, 'audit.json'), 'utf8');
    await expect.poll(readAudit, { timeout: 60_000 }).toContain('"egress.destination_first_seen"');
    expect(readAudit()).toContain('undeclared.example:443');
    expect(readAudit()).not.toContain('my secret');
  });

  it('writes down what its supervisor says that another process tried', async () => {
    gateway = await startGateway({ config: { models: [scriptedModel()] } });
    const note = {
      purpose: 'otlp',
      dataClass: 'metadata',
      destination: 'far.example:4318',
      outcome: 'refused',
    } as const;
    gateway.child.send({ type: 'egress', note } satisfies GatewayOrder);
    const { data, send } = gateway;
    const seen = () => send('GET', '/api/v1/admin/egress').then((answer) => answer.json().seen);
    await expect.poll(seen, { timeout: 60_000 }).toMatchObject([{ destination: 'far.example:4318', refused: 1 }]);
    const readAudit = () => readFileSync(join(dataPaths(data).audit, 'audit.json'), 'utf8');
    await expect.poll(readAudit, { timeout: 60_000 }).toContain('far.example:4318');
    expect((await send('GET', '/api/v1/metrics')).text).toMatch(
      /clawdbot_egress_total\{outcome="refused",purpose="otlp"\} 1/,
    );
  });

  it('is refused around the door as well', async () => {
    const answer = await ask(await start('fetch'));
    expect([answer.status, answer.json()]).toMatchObject([502, { error: { code: 'ERR_EGRESS_REFUSED' } }]);
  });
});
