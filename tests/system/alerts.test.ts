import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  FAST_PACES,
  startHookServer,
  startTestAlertmanager,
  type TestAlert,
  type TestAlertmanager,
} from '../alertmanager.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { freePort } from '../free-port.ts';
import { type MailServer, startMailServer } from '../mail/server.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const program = debianProgram('alertmanager');
const data = mkdtempSync(join(tmpdir(), 'clawdbot-alerts-'));

let server: MailServer;
let actions: Awaited<ReturnType<typeof startHookServer>>;
let alertmanager: TestAlertmanager;
beforeAll(async () => {
  server = await startMailServer();
  actions = await startHookServer();
  if (program === undefined) return;
  const email = { to: ['ops@example.org'], smarthost: server.smarthost, requireTls: false };
  alertmanager = await startTestAlertmanager(program, { email, alertmanager: FAST_PACES }, actions.url);
});
afterAll(async () => {
  if (program !== undefined) await alertmanager.stop();
  await actions.stop();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});
afterEach(async () => {
  if (program === undefined) return;
  const { silences } = await listed();
  for (const { id } of silences) await alerts('unsilence', id);
});

const clawdbot = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [CLI, 'alerts', ...args, '--data', data], {
    ...{ reject: false, stdin: 'ignore' },
  });
  return { code: exitCode, stdout, stderr };
};
const alerts = (...args: string[]) => clawdbot(...args, '--alertmanager', alertmanager.url);
const listed = async () => JSON.parse((await alerts('list', '--json')).stdout);
/** What is told to people and machines of an alert, in words. */
const subjects = () => server.messages.map(({ subject }) => subject.split(' · ')[0]);
const texts = () => server.messages.map(({ text }) => text).join('\n');
const paths = () => actions.hooks.map(({ path, body }) => `${path} ${body.status} ${body.alerts[0]?.labels.alertname}`);

const disk = (instance: string): TestAlert => ({
  labels: { alertname: 'HostDiskFull', severity: 'error', action: 'email', instance },
  annotations: { summary: `${instance} is full` },
});

describe('clawdbot alerts', () => {
  it('says how to get an Alertmanager where none runs, with exit code 1', async () => {
    const none = await clawdbot('list');
    expect(none.code).toBe(1);
    expect(none.stderr).toContain(`no Alertmanager runs on the data folder ${data}: \`clawdbot up\` starts`);
    const gone = await clawdbot('list', '--alertmanager', `http://127.0.0.1:${await freePort()}`);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('cannot be reached')]);
    expect((await clawdbot('list', '--alertmanager', 'nowhere')).stderr).toContain('expected a URL such as');
  });

  it.each([
    [['ack', 'X'], 'comment'],
    [['silence', 'a=b', '--comment', 'c'], '--for'],
    [['silence', 'a', '--comment', 'c', '--for', '1h'], 'expected name=value'],
    [['maintenance', '--comment', 'c', '--for', 'soon'], 'expected a span'],
    [['fire', 'X', '--label', 'nonsense'], 'expected name=value'],
  ])('refuses %j with exit code 64', async (args, words) => {
    const { code, stderr } = await clawdbot(...args);
    expect([code, stderr]).toEqual([64, expect.stringContaining(words)]);
  });

  it('acknowledges what fires, and lets what comes new be told', async ({ skip }) => {
    if (program === undefined) return skip(missingProgram('alertmanager'));
    await alertmanager.post([disk('one')]);
    await until(subjects, (told) => told.includes('[Error] one is full'));
    expect((await alerts('list')).stdout).toMatch(/error +HostDiskFull +\S+ \S+ +told +one is full/);
    const acked = await alerts('ack', 'HostDiskFull', '--comment', 'on it', '--by', 'ada');
    expect([acked.code, acked.stdout]).toEqual([0, expect.stringContaining('alertname=HostDiskFull')]);
    const { stdout } = await alerts('list');
    expect(stdout).toMatch(/HostDiskFull .* silenced +one is full/);
    expect(stdout).toMatch(/active +\S+ \S+ +ada +.*instance=one.* on it/);
    await alertmanager.post([disk('one'), disk('two')]);
    await until(texts, (told) => told.includes('instance: two'));
    const nothing = await alerts('ack', 'NoSuchAlert', '--comment', 'c');
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('no alert called NoSuchAlert fires')]);
  });

  it('silences what is yet to come, until the silence is ended', async ({ skip }) => {
    if (program === undefined) return skip(missingProgram('alertmanager'));
    await alerts('silence', 'instance=~"three|four"', '--for', '1h', '--comment', 'moved');
    await alertmanager.post([disk('three'), disk('five')]);
    await until(texts, (told) => told.includes('instance: five'));
    expect(texts()).not.toContain('instance: three');
    const [silence] = (await listed()).silences;
    expect(silence.matchers).toContainEqual({ name: 'alertname', value: 'Watchdog', isEqual: false, isRegex: false });
    expect((await alerts('unsilence', silence.id)).stdout).toBe(`ended: ${silence.id}`);
    await until(texts, (told) => told.includes('instance: three'));
    expect((await alerts('unsilence', silence.id.replace(/./g, '0'))).code).toBe(1);
  });

  it('keeps everything quiet in a maintenance window but the sign of life', async ({ skip }) => {
    if (program === undefined) return skip(missingProgram('alertmanager'));
    const { stdout } = await alerts('maintenance', '--for', '2h', '--comment', 'new disks', '--json');
    expect(JSON.parse(stdout).silences[0]).toMatchObject({ comment: 'new disks', id: expect.any(String) });
    const before = server.messages.length;
    await alertmanager.post([
      { labels: { alertname: 'ServiceUnavailable', severity: 'critical', action: 'circuit-break', job: 'm' } },
      { labels: { alertname: 'Watchdog', severity: 'none', action: 'heartbeat' } },
    ]);
    await until(paths, (told) => told.filter((path) => path.startsWith('/hooks/heartbeat')).length > 1);
    expect(paths().filter((path) => path.includes('ServiceUnavailable'))).toEqual([]);
    expect(server.messages.length).toBe(before);
    expect((await alerts('list')).stdout).not.toContain('no sign of life');
  });

  it('tests every tier on people, and moves nothing', async ({ skip }) => {
    if (program === undefined) return skip(missingProgram('alertmanager'));
    const { code, stdout } = await alerts('test', '--for', '1m');
    expect([code, stdout]).toEqual([0, expect.stringContaining('sent a test of each tier')]);
    const mine = () => server.messages.filter(({ subject }) => subject.startsWith('[TEST]'));
    const mails = await until(mine, (found) => found.length >= 3);
    expect(mails.map(({ subject }) => subject.split(' · ')[0]).toSorted()).toEqual([
      '[TEST] [Critical] TEST of the tier critical',
      '[TEST] [Error] TEST of the tier error',
      '[TEST] [Warning] TEST of the tier warning',
    ]);
    await until(paths, (told) => told.includes('/hooks/sms firing TestAlert'));
    expect(paths().filter((path) => path.includes('TestAlert'))).toEqual(['/hooks/sms firing TestAlert']);
  });

  it('fires an alert as its rule would, and ends it', async ({ skip }) => {
    if (program === undefined) return skip(missingProgram('alertmanager'));
    const fired = await alerts('fire', 'InferenceTimeoutsHigh', '--label', 'job=drill', '--json');
    expect(JSON.parse(fired.stdout).alerts[0].labels).toEqual({
      ...{ alertname: 'InferenceTimeoutsHigh', severity: 'error', action: 'autoscale', job: 'drill' },
    });
    await until(paths, (told) => told.includes('/hooks/autoscale firing InferenceTimeoutsHigh'));
    expect((await alerts('fire', 'InferenceTimeoutsHigh', '--label', 'job=drill', '--resolve')).code).toBe(0);
    await until(paths, (told) => told.includes('/hooks/autoscale resolved InferenceTimeoutsHigh'));
  });
});
