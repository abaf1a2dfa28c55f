import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { ActionsReport } from '../../alerting/actions/supervision.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { embeddedModelFile } from '../embedded-model.ts';
import { freePort } from '../free-port.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { startMailServer } from '../mail/server.ts';
import { scrapeJob, startTestPrometheus } from '../prometheus.ts';
import { until } from '../stream.ts';

const ENTRY = fileURLToPath(new URL('../../alerting/actions/main.ts', import.meta.url));

const life: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of life.splice(0).toReversed()) await stop();
});

interface Actions {
  post(receiver: string, alertname: string, status: 'firing' | 'resolved', labels?: object): Promise<void>;
  decisions(): Promise<readonly { readonly action: string; readonly outcome: string; readonly reason: string }[]>;
}

/** The real actions process beside a gateway, on its data folder and its configuration. */
const startActions = async (gateway: TestGateway): Promise<Actions> => {
  const paths = dataPaths(gateway.data);
  const child: ChildProcess = fork(ENTRY, ['--data', gateway.data, '--config', gateway.configFile], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const reports: ActionsReport[] = [];
  child.on('message', (message) => reports.push(message as ActionsReport)); // our own program at the other end
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  life.push(() => {
    if (child.connected) child.send({ type: 'stop', now: false });
    return ended;
  });
  const told = await until(
    () => reports.find(({ type }) => type === 'listening' || type === 'fatal'),
    (report) => report !== undefined || child.exitCode !== null,
  );
  if (told?.type !== 'listening') throw new Error(`the actions do not listen: ${JSON.stringify(reports)}`);
  writeFileSync(paths.actionsGatewayToken, await gateway.token('admin', 'metrics'), { mode: 0o600 });
  return {
    async post(receiver, alertname, status, labels = {}) {
      const alert = {
        ...{
          status,
          labels: { alertname, job: 'clawdbot', ...labels },
          annotations: {},
          fingerprint: `f-${alertname}`,
        },
        ...{ startsAt: '2026-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: '' },
      };
      const body = {
        ...{ version: '4', groupKey: alertname, truncatedAlerts: 0, status, receiver, alerts: [alert] },
        ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: '' },
      };
      const answer = await request(`${told.url}/hooks/${receiver}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${readFileSync(paths.actionsHookToken, 'utf8').trim()}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      expect([answer.statusCode, await answer.body.text()]).toEqual([200, expect.any(String)]);
    },
    async decisions() {
      const answer = await request(`${told.url}/api/v1/actions`);
      // Safe: the document of our own program.
      return ((await answer.body.json()) as { actions: Awaited<ReturnType<Actions['decisions']>> }).actions;
    },
  };
};

const ACTIONS = { port: 0, tickMs: 100, attempts: { minMs: 20, maxMs: 200 } };

interface Replicas {
  readonly wanted: number;
  readonly source: string;
  readonly replicas: readonly { readonly state: string; readonly pid?: number }[];
}

const replicasOf = async (gateway: TestGateway): Promise<Replicas> =>
  ((await gateway.send('GET', '/api/v1/admin/replicas')).json().models as [Replicas])[0];

const ready = ({ replicas }: Replicas): number => replicas.filter(({ state }) => state === 'ready').length;

describe('capacity follows an alert', () => {
  it('a second replica serves, and goes again after recovery', async ({ skip }) => {
    const program = debianProgram('prometheus');
    if (program === undefined) return skip(missingProgram('prometheus'));
    const port = await freePort();
    const scale = { max: 2, cooldownMs: 200, sustainMs: 3_600_000, stabilizationMs: 1000, windowMs: 4000 };
    const gateway = await startGateway({
      config: {
        // No answer is complete within its deadline, however many engines there are: what helps is that nobody asks.
        models: [scriptedModel({ reply: 'x'.repeat(4000), tokenMs: 1000 })],
        actions: { ...ACTIONS, prometheusUrl: `http://127.0.0.1:${port}` },
        scale,
        prometheus: { intervalMs: 1000 },
        alerts: { requests: { minimum: 1 } },
      },
    });
    life.push(() => gateway.stop());
    const prometheus = await startTestPrometheus({
      ...{ program, port },
      config: { scrape_configs: [await scrapeJob(gateway)] },
    });
    life.push(() => prometheus.stop());
    const actions = await startActions(gateway);
    let isLoaded = true;
    life.push(async () => {
      isLoaded = false;
    });
    const late = { prompt: 'late', deadlineMs: 50 };
    const load = (async () => {
      while (isLoaded) await gateway.send('POST', '/api/v1/inference', late).catch(() => undefined);
    })();
    expect((await gateway.send('POST', '/api/v1/inference', late)).status).toBe(504);
    await actions.post('autoscale', 'InferenceTimeoutsHigh', 'firing', { severity: 'error', action: 'autoscale' });
    const grown = await until(
      () => replicasOf(gateway),
      (model) => ready(model) === 2,
    );
    expect(grown.source).toBe('scale');
    isLoaded = false;
    await load;
    await actions.post('autoscale', 'InferenceTimeoutsHigh', 'resolved', { severity: 'error', action: 'autoscale' });
    await until(
      () => replicasOf(gateway),
      ({ wanted }) => wanted === 1,
    );
    const done = await until(
      async () => (await actions.decisions()).filter(({ action, outcome }) => action === 'scale' && outcome === 'done'),
      ({ length }) => length === 2,
    );
    expect(done.map(({ reason }) => /from \d to \d/.exec(reason)?.[0]).toSorted()).toEqual([
      'from 1 to 2',
      'from 2 to 1',
    ]);
    const audit = readFileSync(`${dataPaths(gateway.data).audit}/audit.json`, 'utf8');
    expect(audit).toMatch(/"replicas.changed".*"labels.source":"scale"/);
  });
});

describe('a machine without capacity', () => {
  it('gets no second engine: the decision says why, low priority is shed, and people are told by mail', async ({
    skip,
  }) => {
    const program = debianProgram('prometheus');
    if (program === undefined) return skip(missingProgram('prometheus'));
    const mail = await startMailServer();
    life.push(() => mail.stop());
    const port = await freePort();
    const gateway = await startGateway({
      config: {
        // However many cores there are: a real engine that has all that it may use.
        engines: { threads: 1 },
        models: [{ id: 'small', engine: 'llama', sources: [{ file: await embeddedModelFile() }], device: 'cpu' }],
        actions: { ...ACTIONS, prometheusUrl: `http://127.0.0.1:${port}` },
        email: { to: ['ops@example.org'], smarthost: mail.smarthost, requireTls: false },
        scale: { max: 2, cooldownMs: 200, windowMs: 4000 },
        prometheus: { intervalMs: 1000 },
        alerts: { requests: { minimum: 1 } },
      },
    });
    life.push(() => gateway.stop());
    const config = { scrape_configs: [await scrapeJob(gateway)] };
    const prometheus = await startTestPrometheus({ program, port, config });
    life.push(() => prometheus.stop());
    const actions = await startActions(gateway);
    const late = { prompt: 'Tell a long story.', maxTokens: 500, deadlineMs: 50 };
    let isLoaded = true;
    const load = (async () => {
      while (isLoaded) await gateway.send('POST', '/api/v1/inference', late).catch(() => undefined);
    })();
    life.push(async () => {
      isLoaded = false;
      await load;
    });
    await actions.post('autoscale', 'InferenceTimeoutsHigh', 'firing', { severity: 'error', action: 'autoscale' });
    const [left] = await until(
      async () =>
        (await actions.decisions()).filter(
          ({ action, outcome, reason }) => action === 'scale' && outcome === 'nothing' && /no capacity/.test(reason),
        ),
      ({ length }) => length > 0,
    );
    expect(left?.reason).toContain('no free cores: 1 of 1 threads are taken');
    expect((await gateway.send('GET', '/api/v1/admin/shedding')).json()).toMatchObject({ shed: 'low' });
    const refused = await gateway.send('POST', '/api/v1/inference', { prompt: 'Later.', priority: 'low' });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, expect.any(String)]);
    await until(
      () => mail.messages.map(({ text }) => text),
      (texts) => texts.some((text) => text.includes('no free cores')),
    );
    const { wanted } = await replicasOf(gateway);
    expect(wanted).toBe(1);
  });
});

const states = async (gateway: TestGateway): Promise<unknown> =>
  ((await gateway.send('GET', '/api/v1/admin/breaker')).json().breakers as { state: string }[])[0]?.state;

/** The states a breaker went through, as the log of the gateway says. */
const breakerLog = (gateway: TestGateway): readonly string[] =>
  readFileSync(`${dataPaths(gateway.data).logs}/app.json`, 'utf8')
    .split('\n')
    .filter((line) => line.includes('breaker.changed'))
    .map((line) => /"(?:labels\.)?state":"(\w+)"/.exec(line)?.[1] ?? line);

const OUTAGE = ['ServiceUnavailable', 'firing', { severity: 'critical', action: 'circuit-break' }] as const;
/** An engine that died stays away until somebody loads its model again. */
const NEVER_AGAIN = { minMs: 2_000_000_000, maxMs: 2_000_000_000 };
const POLICY = [{ receiver: 'circuit-break', action: 'breaker', bounds: { probeGapMs: 10 } }];

describe('the circuit breaker in an outage', () => {
  it('opens for a model that cannot decode, is half open when it can, and closes with a token', async () => {
    const config = {
      models: [scriptedModel()],
      engines: { restart: NEVER_AGAIN, probeIntervalMs: 200 },
      actions: { ...ACTIONS, policy: POLICY },
    };
    const gateway = await startGateway({ config });
    life.push(() => gateway.stop());
    const actions = await startActions(gateway);
    const [engine] = (await replicasOf(gateway)).replicas;
    process.kill(engine?.pid ?? 0, 'SIGKILL');
    await until(
      async () => (await gateway.send('GET', '/api/v1/health/ready')).status,
      (status) => status === 503,
    );
    await actions.post('circuit-break', ...OUTAGE);
    await until(
      () => states(gateway),
      (state) => state === 'open',
    );
    const refused = await gateway.send('POST', '/api/v1/inference', { prompt: 'hello' });
    expect([refused.status, refused.json()]).toMatchObject([503, { error: { code: 'ERR_ROUTE_BREAKER_OPEN' } }]);
    for (const what of ['unload', 'load']) await gateway.send('POST', `/api/v1/admin/models/scripted/${what}`, {});
    await until(
      () => states(gateway),
      (state) => state === 'closed',
    );
    expect((await gateway.send('POST', '/api/v1/inference', { prompt: 'hello' })).status).toBe(200);
    await until(
      () => breakerLog(gateway),
      (changes) => changes.join() === 'open,half_open,closed',
    );
    const done = (await actions.decisions()).filter(({ outcome }) => outcome === 'done').map(({ reason }) => reason);
    expect(done.toSorted()).toEqual([
      'half open: scripted: a probe finds the service ready',
      'opened for scripted, half open by itself after 600 s',
    ]);
  });

  it('makes a gateway that was dead start half open, which serves its first request and closes', async () => {
    const config = { models: [scriptedModel()], actions: { ...ACTIONS, policy: POLICY } };
    const first = await startGateway({ config });
    const { data } = first;
    const actions = await startActions(first);
    const note = dataPaths(data).halfOpen;
    await first.stop({ keepData: true, signal: 'SIGKILL' });
    await actions.post('circuit-break', ...OUTAGE);
    await until(
      () => existsSync(note),
      (isThere) => isThere,
    );
    const again = await startGateway({ data, config, until: 'listening' });
    life.unshift(() => again.stop());
    expect((await again.send('POST', '/api/v1/inference', { prompt: 'hello' })).status).toBe(200);
    await until(
      () => states(again),
      (state) => state === 'closed',
    );
    await until(
      () => existsSync(note),
      (isThere) => !isThere,
    );
    expect(readFileSync(`${dataPaths(data).audit}/audit.json`, 'utf8')).toContain('"labels.source":"note"');
    await actions.post('circuit-break', 'ServiceUnavailable', 'resolved', OUTAGE[2]);
    await until(
      () => states(again),
      (state) => state === 'closed',
    );
    expect(breakerLog(again)).not.toContain('open');
  });
});
