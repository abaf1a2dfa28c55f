import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NotifierUse } from '../../core/config/schema-notifiers.ts';
import { alertOf, resolved, startTestActions, type TestActions, webhookOf } from '../actions.ts';
import { NUMBER, type Staged, stage } from '../notifiers/line-up.ts';
import { sample, until } from '../stream.ts';

let dir: string;
const actions: TestActions[] = [];
const staged: Staged[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-sms-'));
});
afterEach(async () => {
  for (const one of actions.splice(0)) await one.stop();
  for (const { provider } of staged.splice(0)) await provider.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A real actions process whose alerts go to phones, and the providers it knows. */
const start = async (...uses: readonly NotifierUse[]) => {
  for (const use of uses) staged.push(await stage(use, { folder: dir }));
  return { process: startAgain(), providers: staged.map(({ provider }) => provider) };
};

const startAgain = (): TestActions => {
  const process = startTestActions(dir, {
    actions: {
      policy: [{ receiver: 'sms', action: 'sms' }],
      notifiers: staged.map(({ config }) => config),
      messages: { timeoutMs: 30_000 },
    },
  });
  actions.push(process);
  return process;
};

const firing = (more: object = {}) => webhookOf([alertOf('ServiceUnavailable', more)]);
const TEXT = '[Clawdbot] CRITICAL: ServiceUnavailable is there';

describe('an alert that people must know at once', () => {
  it('is told by SMS when it begins and when it ends, once each, and counted', async () => {
    const { process, providers } = await start('http');
    await process.url();
    for (let times = 0; times < 3; times += 1) expect((await process.post('sms', firing())).status).toBe(200);
    await process.idle();
    await process.post('sms', webhookOf([resolved('ServiceUnavailable')]));
    await process.idle();
    expect(providers[0]?.taken).toEqual([
      { to: NUMBER, text: TEXT },
      { to: NUMBER, text: '[Clawdbot] RESOLVED: ServiceUnavailable is there' },
    ]);
    const { text } = await process.get('/metrics');
    expect(sample(text, 'clawdbot_notifications_total{notifier="http",outcome="delivered"}')).toBe(2);
    expect(sample(text, 'clawdbot_notifications_total{notifier="every",outcome="undelivered"}')).toBe(0);
    // What left is in the books of the gateway.
    const notes = process.reports.filter((report) => report.type === 'egress');
    expect(notes.map(({ note }) => `${note.purpose} ${note.dataClass} ${note.outcome}`)).toEqual([
      'sms metadata sent',
      'sms metadata sent',
    ]);
    const log = readFileSync(join(dir, 'logs', 'actions', 'app.json'), 'utf8');
    expect(log).not.toContain(NUMBER.slice(3));
  });

  it('says of a test that it is one', async () => {
    const { process, providers } = await start('feishu');
    const labels = { alertname: 'ServiceUnavailable', severity: 'critical', clawdbot_test: 'true' };
    await process.url();
    await process.post('sms', firing({ labels }));
    await process.idle();
    expect(providers[0]?.taken.map(({ text }) => text)).toEqual([
      '[Clawdbot] TEST CRITICAL: ServiceUnavailable is there',
    ]);
  });

  it('reaches the next provider where one is down, and is repeated until one is there again', async () => {
    const { process, providers } = await start('twilio', 'tencent');
    const [first, second] = providers;
    first?.failAlways('unavailable');
    second?.failAlways('unavailable');
    await process.url();
    await process.post('sms', firing());
    await until(
      async () => (await process.get('/metrics')).text,
      (text) => (sample(text, 'clawdbot_notifications_total{notifier="every",outcome="undelivered"}') ?? 0) > 0,
    );
    second?.failAlways(undefined);
    await process.idle();
    expect(first?.taken).toEqual([]);
    expect(second?.taken).toHaveLength(1);
  });

  it('comes at most twice where the process is killed between sending and writing down', async () => {
    const { process, providers } = await start('twilio');
    const [twilio] = providers;
    twilio?.failAlways('takenThenHang');
    await process.url();
    await process.post('sms', firing());
    await until(
      () => twilio?.taken.length,
      (count) => count === 1,
    );
    process.child.kill('SIGKILL');
    await process.ended;
    twilio?.failAlways(undefined);
    const again = startAgain();
    await again.idle();
    expect(twilio?.taken.map(({ text }) => text)).toEqual([TEXT, TEXT]);
    await again.stop();
    const once = startAgain();
    await once.idle();
    expect(twilio?.taken).toHaveLength(2);
  });
});
