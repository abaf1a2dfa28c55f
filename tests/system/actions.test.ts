import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOn, METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName } from '../../core/telemetry/wire-name.ts';
import { alertOf, RECORDER, resolved, startTestActions, type TestActions, webhookOf } from '../actions.ts';
import { effectsIn } from '../fixtures/actions/recorder.ts';
import { startMailServer } from '../mail/server.ts';
import { sample, until } from '../stream.ts';
import { makeTlsFiles } from '../tls-files.ts';

const BROKEN = fileURLToPath(new URL('../fixtures/actions/broken.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Decision {
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly alert?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

let dir: string;
let actions: TestActions | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-actions-'));
});
afterEach(async () => {
  await actions?.stop();
  actions = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const start = (options: Parameters<typeof startTestActions>[1] = {}): TestActions => {
  actions = startTestActions(dir, options);
  return actions;
};

const decisions = async ({ get }: TestActions): Promise<readonly Decision[]> =>
  ((await get('/api/v1/actions?limit=1000')).body as { readonly actions: readonly Decision[] }).actions;

describe('the actions process', () => {
  it('does what an alert asks for once, however often it is told, and its end after it', async () => {
    const process = start();
    await process.url();
    const firing = webhookOf([alertOf('A'), alertOf('B')]);
    for (let times = 0; times < 3; times += 1) expect((await process.post('record', firing)).status).toBe(200);
    await process.post('record', webhookOf([alertOf('A')], { groupKey: 'another route' }));
    await process.post('record', webhookOf([resolved('A')]));
    await process.post('record', webhookOf([resolved('A')]));
    await process.idle();
    expect(effectsIn(process.effects).map(({ alert, status }) => `${alert} ${status}`)).toEqual([
      ...['A firing', 'B firing', 'A resolved'],
    ]);
    const told = await decisions(process);
    expect(told.filter(({ outcome }) => outcome === 'done')).toHaveLength(3);
    expect(told.filter(({ reason }) => reason.startsWith('told before'))).toHaveLength(4);
  });

  it('drops what comes late, and what ended before it was ever told, and says so', async () => {
    const process = start();
    await process.url();
    await process.post('record', webhookOf([resolved('Early')]));
    await process.post('record', webhookOf([alertOf('Early')]));
    await process.post('record', webhookOf([alertOf('Late')]));
    await process.post('record', webhookOf([resolved('Late')]));
    await process.post('record', webhookOf([alertOf('Late')]));
    await process.idle();
    expect(effectsIn(process.effects).map(({ alert, status }) => `${alert} ${status}`)).toEqual([
      ...['Late firing', 'Late resolved'],
    ]);
    const reasons = (await decisions(process)).map(({ alert, reason }) => `${alert}: ${reason}`);
    expect(reasons).toContain('Early: resolved before it was ever told');
    expect(reasons.filter((reason) => reason.endsWith('told late: it is resolved already'))).toHaveLength(2);
  });

  it('loses and doubles none of a thousand alerts at once, each told three times and ended', async () => {
    const process = start();
    await process.url();
    const names = Array.from({ length: 1000 }, (_, index) => `N${index}`);
    const groups = Array.from({ length: 20 }, (_, at) => names.slice(at * 50, at * 50 + 50));
    const send = (make: (name: string) => object) =>
      Promise.all(groups.map((group) => process.post('record', webhookOf(group.map((name) => make(name))))));
    const answers = [
      ...(await Promise.all([send(alertOf), send(alertOf), send(alertOf)])),
      await send(resolved),
    ].flat();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await process.idle();
    const done = effectsIn(process.effects);
    expect(done.map(({ alert, status }) => `${alert} ${status}`).toSorted()).toEqual(
      names.flatMap((name) => [`${name} firing`, `${name} resolved`]).toSorted(),
    );
    const order = new Map(done.map(({ alert, status }, at) => [`${alert} ${status}`, at]));
    for (const name of names) {
      expect(order.get(`${name} firing`), name).toBeLessThan(order.get(`${name} resolved`) ?? -1);
    }
  });

  it('takes a thousand alerts in one webhook as well', async () => {
    const process = start();
    await process.url();
    const alerts = Array.from({ length: 1000 }, (_, index) => alertOf(`N${index}`));
    expect((await process.post('record', webhookOf(alerts))).status).toBe(200);
    await process.idle();
    expect(new Set(effectsIn(process.effects).map(({ alert }) => alert)).size).toBe(1000);
    expect(effectsIn(process.effects)).toHaveLength(1000);
  });

  it('answers the sender’s faults with what and where, and its own trouble never so', async () => {
    const process = start({ actions: { maxBodyBytes: 65_536 } });
    await process.url();
    const cases: readonly [unknown, number, string][] = [
      ['{"version":', 400, 'ERR_HTTP_JSON_MALFORMED'],
      [webhookOf([], { version: '3' }), 400, 'version'],
      [webhookOf([alertOf('A'), alertOf('B', { startsAt: 'yesterday' })]), 400, 'alerts[1].startsAt'],
      [webhookOf([alertOf('A', { fingerprint: undefined })]), 400, 'alerts[0].fingerprint'],
      [webhookOf([alertOf('A', { annotations: { summary: 'x'.repeat(65_536) } })]), 413, 'actions.maxBodyBytes'],
    ];
    for (const [body, status, text] of cases) {
      const answer = await process.post('record', body);
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
    }
    expect((await process.post('record', webhookOf([alertOf('A')]), { token: 'wrong' })).status).toBe(401);
    rmSync(join(dir, 'actions', 'hook-token'));
    expect((await process.post('record', webhookOf([alertOf('A')]), { token: 'any' })).status).toBe(503);
    expect(effectsIn(process.effects)).toEqual([]);
    const page = (await process.get('/metrics')).text;
    const counted = ['malformed', 'oversized', 'unauthorized', 'failed'].map((outcome) =>
      sample(page, `clawdbot_actions_webhooks_total{outcome="${outcome}"}`),
    );
    expect(counted).toEqual([4, 1, 1, 1]);
  });

  it('reads past fields of a newer Alertmanager, and says how many alerts that one left out', async () => {
    const process = start();
    await process.url();
    const alert = { ...alertOf('A'), relabelled: { by: 'tomorrow' } };
    const body = webhookOf([alert], { truncatedAlerts: 7, notification_reason: 'first', routeLabels: { a: 'b' } });
    expect((await process.post('record', body)).status).toBe(200);
    await process.idle();
    const left = (await decisions(process)).find(({ outcome }) => outcome === 'failed');
    expect(left).toMatchObject({
      action: 'inbox',
      details: { alerts: 7 },
      reason: expect.stringContaining('max_alerts'),
    });
  });

  it('tries again what must be repeated, under the same name, and gives up loudly', async () => {
    const process = start({
      ...{ bounds: { failures: 2 } },
      actions: { attempts: { minMs: 20, maxMs: 50, giveUpMs: 1000 } },
    });
    await process.url();
    await process.post('record', webhookOf([alertOf('A')]));
    await process.idle();
    expect(effectsIn(process.effects)).toEqual([expect.objectContaining({ alert: 'A', attempt: 3 })]);
    await process.stop();
    const stubborn = start({
      bounds: { failures: 1e6 },
      actions: { attempts: { minMs: 20, maxMs: 50, giveUpMs: 1000 } },
    });
    await stubborn.url();
    await stubborn.post('record', webhookOf([alertOf('B')]));
    await stubborn.idle();
    const failed = (await decisions(stubborn)).filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ action }) => action).toSorted()).toEqual(['notice', 'recorder']);
    expect(
      sample((await stubborn.get('/metrics')).text, 'clawdbot_actions_total{action="recorder",outcome="failed"}'),
    ).toBe(1);
  });

  it('refuses with 503 when its room is full, and loses nothing it took', async () => {
    const process = start({ actions: { maxStoreBytes: 1_048_576 } });
    await process.url();
    const big = { summary: 'x'.repeat(60_000) };
    const taken: string[] = [];
    let refusal: { readonly status: number; readonly text: string } | undefined;
    for (let index = 0; index < 60 && refusal === undefined; index += 1) {
      const answer = await process.post('record', webhookOf([alertOf(`N${index}`, { annotations: big })]));
      if (answer.status === 200) taken.push(`N${index}`);
      else refusal = answer;
    }
    expect(refusal).toEqual({ status: 503, text: expect.stringContaining('ERR_ACTIONS_STORE') });
    await process.idle();
    expect(effectsIn(process.effects).map(({ alert }) => alert)).toEqual(taken);
    // What is over makes room.
    await process.post('record', webhookOf(taken.map((name) => resolved(name))));
    await process.idle();
    expect((await process.post('record', webhookOf([alertOf('Again')]))).status).toBe(200);
  });

  it('changes nothing in a dry run, and does nothing about an alert that no row fits', async () => {
    const process = start();
    await process.url();
    await process.post('nobody', webhookOf([alertOf('A')]));
    await process.idle();
    expect(effectsIn(process.effects)).toEqual([]);
    expect(await decisions(process)).toEqual([
      expect.objectContaining({ outcome: 'nothing', alert: 'A', reason: 'no row of actions.policy fits this alert' }),
    ]);
  });

  it('shows its decisions as its document says, and on its page only metrics of the catalogue', async () => {
    const process = start();
    await process.url();
    await process.post('record', webhookOf([alertOf('A')]));
    await process.idle();
    const document = (await process.get('/api/v1/openapi.json')).body as object;
    expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true });
    expect((await process.get('/api/v1/actions?limit=0')).status).toBe(400);
    expect((await process.get('/api/v1/actions?action=scale')).body).toEqual({ actions: [] });
    const page = (await process.get('/metrics')).text;
    expect(sample(page, 'clawdbot_actions_total{action="recorder",outcome="done"}')).toBe(1);
    expect(sample(page, 'clawdbot_actions_delay_seconds_count{action="recorder"}')).toBe(1);
    const documented = Object.values<MetricRow>(METRICS)
      .filter((row) => isOn('actions', row))
      .map(familyName);
    const shown = [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name.replace(/_total$/, ''));
    expect(shown.filter((name) => name !== 'target_info' && !documented.includes(name))).toEqual([]);
  });

  it('writes every decision into the audit trail', async () => {
    const process = start();
    await process.url();
    await process.post('record', webhookOf([alertOf('A')]));
    await process.idle();
    const trail = join(dir, 'audit', 'audit.json');
    const read = (): string => (existsSync(trail) ? readFileSync(trail, 'utf8') : '');
    const text = await until(read, (found) => found.includes('"action.decided"'));
    const lines = text.trim().split('\n');
    expect(JSON.parse(lines.find((line) => line.includes('"action.decided"')) ?? '')).toMatchObject({
      'labels.action': 'recorder',
      'labels.outcome': 'done',
      'labels.alert': 'A',
      'service.name': 'clawdbot-actions',
    });
  });

  it('does everything else when one action cannot even start', async () => {
    const policy = [
      { receiver: 'both', action: BROKEN },
      { receiver: 'both', action: RECORDER, bounds: { file: join(dir, 'effects.jsonl') } },
    ];
    const process = start({ actions: { policy } });
    await process.url();
    await process.post('both', webhookOf([alertOf('A')]));
    await process.idle();
    expect(effectsIn(process.effects)).toHaveLength(1);
    expect(await decisions(process)).toContainEqual(
      expect.objectContaining({ action: 'broken', outcome: 'failed', reason: 'it did not start: no such cluster' }),
    );
    expect(process.reports).toContainEqual({
      ...{ type: 'notice', level: 'warn', text: expect.stringContaining('broken did not start') },
    });
  });

  it('ends what an action was asked that is there no more', async () => {
    const stubborn = start({ bounds: { failures: 1e6 } });
    await stubborn.url();
    await stubborn.post('record', webhookOf([alertOf('A')]));
    await until(
      () => decisions(stubborn),
      (found) => found.some(({ outcome }) => outcome === 'retry'),
    );
    await stubborn.stop();
    const process = start({ actions: { policy: [] } });
    await process.idle();
    expect(await decisions(process)).toContainEqual(
      expect.objectContaining({ ...{ action: 'recorder', outcome: 'failed', alert: 'A' } }),
    );
  });

  it('tells people by e-mail what failed, out of a process that is sealed', async () => {
    const { caFile, certFile, keyFile } = await makeTlsFiles(dir);
    const mail = await startMailServer({ tls: { certFile, keyFile } });
    try {
      const email = { to: ['ops@example.org'], smarthost: mail.smarthost, ca: caFile };
      const attempts = { minMs: 20, maxMs: 50, giveUpMs: 1000 };
      const process = start({ bounds: { failures: 1e6 }, actions: { attempts }, others: { email } });
      await process.url();
      await process.post('record', webhookOf([alertOf('A')]));
      const [letter] = await until(
        () => mail.messages,
        (found) => found.length > 0,
      );
      expect(letter).toMatchObject({ subject: '[clawdbot] critical: recorder failed', wasEncrypted: true });
      expect(letter?.text).toMatch(/^Nothing was done about A by recorder: given up after \d+ attempts: not yet\./);
      await process.idle();
      expect(process.reports).toContainEqual({
        type: 'egress',
        note: { purpose: 'email', dataClass: 'metadata', destination: mail.smarthost, outcome: 'sent' },
      });
    } finally {
      await mail.stop();
    }
  });

  it('tells people when the alert that always fires falls silent, and when it is back', async () => {
    const mail = await startMailServer();
    try {
      const email = { to: ['ops@example.org'], smarthost: mail.smarthost, requireTls: false };
      // Nothing but the test sends it.
      const others = { email, prometheus: { enabled: false } };
      const process = start({ actions: { deadMan: { silenceMs: 1000, graceMs: 0 } }, others });
      await process.url();
      const watchdog = webhookOf([alertOf('Watchdog', { labels: { alertname: 'Watchdog', severity: 'none' } })]);
      const subjects = (wanted: string) =>
        until(
          () => mail.messages.map(({ subject }) => subject),
          (found) => found.includes(wanted),
        );
      expect((await process.post('heartbeat', watchdog)).status).toBe(200);
      await subjects('[clawdbot] critical: Alerts cannot arrive');
      expect((await process.get('/health')).body).toMatchObject({ status: 'silent' });
      await process.post('heartbeat', watchdog);
      await subjects('[clawdbot] critical: Alerts arrive again');
      expect(effectsIn(process.effects)).toEqual([]);
    } finally {
      await mail.stop();
    }
  });

  it('shows its pages over TLS to whoever has the token, and to nobody else', async () => {
    const { caFile, certFile, keyFile } = await makeTlsFiles(dir);
    const tokenFile = join(dir, 'reader-token');
    writeFileSync(tokenFile, 'read-me\n');
    const process = start({ actions: { tls: { cert: certFile, key: keyFile }, tokenFile } });
    const agent = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
    const url = await process.url();
    const ask = async (path: string, authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await request(`${url}${path}`, { dispatcher: agent, headers });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(url).toMatch(/^https:/);
    for (const path of ['/metrics', '/health', '/api/v1/actions', '/api/v1/openapi.json']) {
      expect([await ask(path), await ask(path, 'Bearer wrong'), await ask(path, 'Bearer read-me')]).toEqual([
        401, 401, 200,
      ]);
    }
    await agent.close();
    const shown = execFileSync(globalThis.process.execPath, [CLI, 'actions', 'list', '--data', dir, '--json'], {
      encoding: 'utf8',
    });
    expect(JSON.parse(shown)).toEqual({ actions: [] });
  });

  it('writes a profile of itself for the command line', async () => {
    await start().url();
    const run = promisify(execFile);
    const args = [CLI, 'profile', 'actions', '--seconds', '1', '--data', dir, '--json'];
    const { stdout } = await run(globalThis.process.execPath, args);
    const { file } = JSON.parse(stdout) as { readonly file: string };
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ nodes: expect.any(Array) });
  });

  it('goes on with a new database where the old one is damaged, and says so', async () => {
    mkdirSync(join(dir, 'actions'));
    writeFileSync(join(dir, 'actions', 'actions.db'), 'this is no database at all, though it is long enough to be one');
    const process = start();
    await process.url();
    expect((await process.post('record', webhookOf([alertOf('A')]))).status).toBe(200);
    await process.idle();
    expect(effectsIn(process.effects)).toHaveLength(1);
    expect(process.reports).toContainEqual({
      ...{ type: 'notice', level: 'warn', text: expect.stringContaining('put aside as') },
    });
  });

  it('ends with what is wrong with its policy', async () => {
    const wrong = [{ action: 'scal' }, { action: 'email', bounds: { most: 3 } }];
    const process = start({ actions: { policy: wrong } });
    expect(await process.ended).toBe(78);
    const [report] = process.reports;
    expect(report).toMatchObject({ type: 'fatal', code: 'ERR_CONFIG_INVALID' });
    expect(report).toMatchObject({ message: expect.stringContaining('actions.policy[0].action: ') });
    expect(report).toMatchObject({
      message: expect.stringContaining('actions.policy[1].bounds: expected none for email'),
    });
  });
});
