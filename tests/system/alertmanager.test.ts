import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertingRules } from '../../alerting/rules/render.ts';
import { ALERTS } from '../../alerting/rules/table.ts';
import { tuningOf } from '../../alerting/rules/tuning.ts';
import { configSchema } from '../../core/config/schema.ts';
import { ensureLocalCertificate } from '../../services/inference/http/local-certificate.ts';
import { FAST_PACES, HOOK_TOKEN, startHookServer, startTestAlertmanager, type TestAlert } from '../alertmanager.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { startMailServer } from '../mail/server.ts';
import { until } from '../stream.ts';

const program = debianProgram('alertmanager');

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
beforeEach(({ skip }) => {
  if (program === undefined) skip(missingProgram('alertmanager'));
});

const newFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-mail-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

const LOGIN = { user: 'clawdbot', password: 'correct horse' };

/** A mail server with TLS and a log-in, the actions service in its place, and an Alertmanager between them. */
const startAll = async (more: { readonly email?: object; readonly alertmanager?: object; password?: string } = {}) => {
  const dir = newFolder();
  const certificate = await ensureLocalCertificate({ dir, now: Date.now, config: configSchema.parse({}).server });
  const server = await startMailServer({ tls: certificate, login: LOGIN });
  cleanUps.push(() => server.stop());
  const actions = await startHookServer();
  cleanUps.push(() => actions.stop());
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, more.password ?? LOGIN.password);
  const email = {
    ...{ to: ['ops@example.org'], from: 'clawdbot@example.org', smarthost: server.smarthost },
    ...{ username: LOGIN.user, passwordFile, ca: certificate.caFile, ...more.email },
  };
  const settings = { email, alertmanager: { ...FAST_PACES, ...more.alertmanager } };
  const alertmanager = await startTestAlertmanager(program ?? '', settings, actions.url);
  cleanUps.push(() => alertmanager.stop());
  const mails = (count: number) =>
    until(
      () => server.messages,
      (messages) => messages.length >= count,
    );
  const hooks = (count: number) =>
    until(
      () => actions.hooks,
      (found) => found.length >= count,
    );
  return { server, actions, alertmanager, mails, hooks };
};

const OUTAGE: TestAlert = {
  labels: { alertname: 'ServiceUnavailable', severity: 'critical', action: 'circuit-break', job: 'clawdbot' },
  annotations: {
    summary: 'clawdbot is unavailable',
    description: 'For more than 30s no instance answered.',
    dashboard_url: 'https://grafana.example/d/clawdbot-overview?viewPanel=1&from=now-1h',
    logs_url: "https://kibana.example/app/discover#/?_a=(query:'log.level:error')",
    runbook_url: 'https://docs.example/runbooks/ServiceUnavailable.md',
  },
};
const HOT = (device: string): TestAlert => ({
  labels: {
    ...{ alertname: 'AcceleratorTemperatureHigh', severity: 'warning', action: 'email', job: 'clawdbot-collectors' },
    ...{ instance: '127.0.0.1:9464', hw_id: device },
  },
  annotations: { summary: `gpu ${device} is at 83 °C`, description: '83 °C; limit 75 °C.' },
});
const over = (alert: TestAlert): TestAlert => ({ ...alert, endsAt: new Date(Date.now() - 1000).toISOString() });

describe('an alert', () => {
  it('becomes a mail with text and HTML over TLS and a log-in, webhooks with a token, and another mail when it is over', async () => {
    const { alertmanager, mails, hooks } = await startAll();
    await alertmanager.post([OUTAGE]);
    const [mail] = await mails(1);
    expect(mail).toMatchObject({
      ...{ from: 'clawdbot@example.org', to: ['ops@example.org'], user: LOGIN.user, wasEncrypted: true },
      subject: expect.stringMatching(/^\[Critical\] clawdbot is unavailable · \S+$/),
    });
    const html = mail?.html.replaceAll('&amp;', '&').replace(/%2[789]/g, decodeURIComponent) ?? '';
    for (const part of [mail?.text ?? '', html]) {
      for (const value of Object.values(OUTAGE.annotations ?? {})) expect(part).toContain(value);
      expect(part).toContain('An SMS is sent, and the circuit breaker is opened');
      expect(part).toContain('clawdbot alerts ack ServiceUnavailable');
      expect(part).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
      expect(part).not.toMatch(/\{\{|<no value>|ZgotmplZ/);
    }
    const told = await hooks(2);
    expect(told.map(({ path }) => path).toSorted()).toEqual(['/hooks/circuit-break', '/hooks/sms']);
    for (const { authorization } of told) expect(authorization).toBe(`Bearer ${HOOK_TOKEN}`);
    await alertmanager.post([over(OUTAGE)]);
    const [, after] = await mails(2);
    expect(after?.subject).toMatch(/^\[Resolved\] clawdbot is unavailable · /);
    expect(after?.text).toContain('It is over.');
    expect(after?.text).toMatch(/^Lasted: \d+m?\d*\.?\d*s$/m);
    expect((await hooks(4)).slice(2).map(({ body }) => body.status)).toEqual(['resolved', 'resolved']);
  });

  it('is told in Chinese where that is configured', async () => {
    const { alertmanager, mails } = await startAll({ email: { language: 'zh' } });
    await alertmanager.post([OUTAGE]);
    const [mail] = await mails(1);
    expect(mail?.subject).toMatch(/^\[严重\] clawdbot is unavailable · /);
    expect(mail?.text).toContain('系统如何处置');
    expect(mail?.html).toContain('<html lang="zh">');
  });

  it('about heat is one mail for each device, whatever else joins', async () => {
    const { alertmanager, mails, server } = await startAll();
    await alertmanager.post([HOT('gpu-0'), HOT('gpu-1')]);
    const both = await mails(2);
    expect(both.map(({ subject }) => subject.split(' · ')[0]).toSorted()).toEqual([
      '[Warning] gpu gpu-0 is at 83 °C',
      '[Warning] gpu gpu-1 is at 83 °C',
    ]);
    await alertmanager.post([HOT('gpu-0'), HOT('gpu-1'), HOT('gpu-2')]);
    await mails(3);
    // Ticks of the first two groups have passed by now: the mail about an alert after them says so.
    await alertmanager.post([OUTAGE]);
    await mails(4);
    expect(server.messages).toHaveLength(4);
  });

  it('that others share a message with says how many', async () => {
    const { alertmanager, server } = await startAll();
    const lost = (device: string) => ({
      labels: { alertname: 'AcceleratorLost', severity: 'error', action: 'email', job: 'c', hw_id: device },
      annotations: { summary: `${device} is gone\r\nBcc: everybody@example.org` },
    });
    await alertmanager.post(['gpu-0', 'gpu-1', 'gpu-2'].map(lost));
    // They may not all have been there for the first one.
    const mail = await until(
      () => server.messages.find(({ subject }) => subject.includes('(+2 more)')),
      (found) => found !== undefined,
    );
    expect(mail?.subject).toMatch(/^\[Error\] gpu-\d is gone Bcc: everybody@example\.org \(\+2 more\) · /);
    expect(mail?.headers.bcc).toBeUndefined();
    expect(mail?.to).toEqual(['ops@example.org']);
    for (const device of ['gpu-0', 'gpu-1', 'gpu-2']) expect(mail?.text).toContain(`hw_id: ${device}`);
  });

  it('of a thousand is one webhook that the actions service takes, and a mail that somebody can read', async () => {
    const { alertmanager, server, actions } = await startAll();
    const [rule] = alertingRules(
      ALERTS.find(({ name }) => name === 'QueueSaturated') ?? expect.fail(),
      tuningOf(configSchema.parse({})),
    );
    const alerts = Array.from({ length: 1000 }, (_, index) => ({
      labels: {
        alertname: 'QueueSaturated',
        job: 'clawdbot',
        instance: `10.0.${index >> 8}.${index & 255}:8443`,
        ...rule?.labels,
      },
      annotations: rule?.annotations ?? {},
      generatorURL: `http://prometheus.example.org:9090/graph?g0.expr=${encodeURIComponent(rule?.expr ?? '')}&g0.tab=1`,
    }));
    await alertmanager.post(alerts);
    const whole = await until(
      () => actions.hooks.find(({ body }) => body.alerts.length === 1000),
      (hook) => hook !== undefined,
    );
    expect(whole?.bytes).toBeLessThan(configSchema.parse({}).actions.maxBodyBytes / 2);
    const mail = await until(
      () => server.messages.find(({ subject }) => subject.includes('(+999 more)')),
      (found) => found !== undefined,
    );
    expect(mail?.text).toContain('(+980 more): clawdbot alerts list');
    expect(mail?.html).toContain('(+980 more): clawdbot alerts list');
    expect(mail?.html.length).toBeLessThan(200_000);
  });

  it('that follows from an outage is kept back, in the same job only', async () => {
    const { alertmanager, mails, actions } = await startAll();
    await alertmanager.post([OUTAGE]);
    await mails(1);
    const timeouts = (job: string) => ({
      labels: { alertname: 'InferenceTimeoutsHigh', severity: 'error', action: 'autoscale', job },
    });
    await alertmanager.post([timeouts('clawdbot'), timeouts('another')]);
    const [, second] = await mails(2);
    expect(second?.text).toContain('job: another');
    const scaled = await until(
      () => actions.hooks.filter(({ path }) => path === '/hooks/autoscale'),
      (found) => found.length > 0,
    );
    expect(scaled.flatMap(({ body }) => body.alerts.map(({ labels }) => labels.job))).toEqual(['another']);
  });

  it('that is a test says so, and moves nothing', async () => {
    const { alertmanager, mails, actions } = await startAll();
    const test = { ...OUTAGE, labels: { ...OUTAGE.labels, clawdbot_test: 'true' } };
    await alertmanager.post([test]);
    const [mail] = await mails(1);
    expect(mail?.subject).toMatch(/^\[TEST\] \[Critical\] /);
    expect(mail?.html).toContain('This is a test.');
    await until(
      () => actions.hooks.length,
      (count) => count > 0,
    );
    expect(actions.hooks.map(({ path }) => path)).toEqual(['/hooks/sms']);
  });

  it('waits in a mute time, unless it is critical', async () => {
    const muteTimes = [{ name: 'always', severities: ['warning', 'error'] }];
    const { alertmanager, mails, hooks, server } = await startAll({ alertmanager: { muteTimes } });
    await alertmanager.post([HOT('gpu-0')]);
    const slow = { labels: { alertname: 'FirstTokenSlow', severity: 'warning', action: 'autoscale', job: 'other' } };
    await alertmanager.post([slow]);
    // What a machine does about it does not wait.
    expect((await hooks(1))[0]?.path).toBe('/hooks/autoscale');
    await alertmanager.post([OUTAGE]);
    await mails(1);
    expect(server.messages.map(({ subject }) => subject.slice(0, 10))).toEqual(['[Critical]']);
  });
});

describe('the watchdog', () => {
  it('is told to the actions service again and again, and to nobody else', async () => {
    const { alertmanager, hooks, server } = await startAll();
    await alertmanager.post([{ labels: { alertname: 'Watchdog', severity: 'none', action: 'heartbeat' } }]);
    const beats = await hooks(3);
    expect(new Set(beats.map(({ path }) => path))).toEqual(new Set(['/hooks/heartbeat']));
    expect(server.messages).toEqual([]);
  });
});

/** Newer versions add a reason. */
const FAILED = /^alertmanager_notifications_failed_total\{integration="email".*\} [1-9]/m;

describe('a mail server', () => {
  it('that refuses the password is seen in the log and in a metric', async () => {
    const { alertmanager, server } = await startAll({ password: 'wrong' });
    await alertmanager.post([HOT('gpu-0')]);
    await until(alertmanager.metrics, (page) => FAILED.test(page));
    expect(server.refused).toContain(LOGIN.user);
    expect(server.messages).toEqual([]);
    await until(alertmanager.log, (text) => text.includes('wrong user name or password'));
  });

  it('whose certificate nobody vouches for gets nothing', async () => {
    const { alertmanager, server } = await startAll({ email: { ca: undefined } });
    await alertmanager.post([HOT('gpu-0')]);
    await until(alertmanager.log, (text) => text.includes('x509'));
    expect(server.messages).toEqual([]);
    expect(server.refused).toEqual([]);
  });
});
