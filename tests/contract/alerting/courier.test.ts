import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionState, Mail, Outcome } from '../../../alerting/actions/action.ts';
import { type Courier, createCourier, type Telling } from '../../../alerting/actions/courier/courier.ts';
import { startNotifiers } from '../../../alerting/actions/notifiers.ts';
import { quietLog } from '../../../collectors/quiet-log.ts';
import { messages, type NotifierConfig, type NotifierUse } from '../../../core/config/schema-notifiers.ts';
import { notifierRows } from '../../../core/egress/implied.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { NUMBER, stage } from '../../notifiers/line-up.ts';
import type { Provider } from '../../notifiers/provider.ts';

const TELLING: Telling = {
  incident: 'i1',
  status: 'firing',
  severity: 'critical',
  title: 'The service is unavailable',
  text: 'Nothing answers.',
};
const END: Telling = { ...TELLING, status: 'resolved' };
const OTHER = '+447700900000';

let folder = '';
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'courier-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

/** Survives the courier, as the database does. What is put is not there before the promise has settled. */
const createState = () => {
  let kept = '{}';
  const state: ActionState = {
    get: (key) => JSON.parse(kept)[key],
    put: async (key, value) => {
      await new Promise(setImmediate);
      kept = JSON.stringify({ ...JSON.parse(kept), [key]: value });
    },
  };
  return { state, dump: () => kept };
};

interface Setting {
  readonly uses: readonly NotifierUse[];
  readonly to?: Readonly<Record<string, readonly string[]>>;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly mail?: Outcome['outcome'];
}

/** A courier with real notifiers before real sockets, a clock of its own and a state that outlives it. */
const setUp = async ({ uses, to = {}, limits = {}, mail = 'done' }: Setting) => {
  let now = Date.now();
  const clock = () => now;
  const providers: Record<string, Provider> = {};
  const configs: NotifierConfig[] = [];
  for (const use of uses) {
    const staged = await stage(use, { folder, now: clock, ...(to[use] === undefined ? {} : { to: to[use] }) });
    closers.push(staged.provider.close);
    providers[use] = staged.provider;
    configs.push(staged.config);
  }
  const mails: Mail[] = [];
  const counts: string[] = [];
  const { state, dump } = createState();
  const open = async (): Promise<Courier> => {
    const out = createWayOut({ rows: notifierRows(configs, true) });
    const { ways, stop } = await startNotifiers(configs, { out, now: clock });
    closers.push(stop);
    return createCourier({
      ways,
      state,
      now: clock,
      log: quietLog,
      messages: messages.parse({ timeoutMs: 30_000, ...limits }),
      count: (notifier, outcome) => counts.push(`${notifier} ${outcome}`),
      email: async (letter) => {
        mails.push(letter);
        return { outcome: mail, reason: mail === 'done' ? 'mailed' : 'no e-mail is configured' };
      },
    });
  };
  let courier = await open();
  const of = (use: NotifierUse): Provider => {
    const provider = providers[use];
    if (provider === undefined) throw new Error(`no ${use} here`);
    return provider;
  };
  return {
    of,
    mails,
    counts,
    dump,
    tell: (telling: Partial<Telling> = {}, signal = AbortSignal.timeout(60_000)) =>
      courier.tell({ ...TELLING, ...telling }, signal),
    wait: (ms: number) => {
      now += ms;
    },
    /** Another process with what the first had written down. */
    restart: async () => {
      courier = await open();
    },
    open,
  };
};

describe('one incident', () => {
  it('is told once when it begins and once when it ends, also over restarts', async () => {
    const { tell, of, restart } = await setUp({ uses: ['twilio'] });
    expect(await tell()).toMatchObject({ outcome: 'done', reason: 'told by twilio' });
    expect(await tell()).toEqual({ outcome: 'nothing', reason: 'the same was told before' });
    await restart();
    expect(await tell()).toEqual({ outcome: 'nothing', reason: 'the same was told before' });
    expect(await tell(END)).toMatchObject({ outcome: 'done' });
    await restart();
    expect(await tell(END)).toEqual({ outcome: 'nothing', reason: 'its end was told before' });
    expect(of('twilio').taken.map(({ text }) => text)).toEqual([
      '[Clawdbot] CRITICAL: The service is unavailable. Nothing answers.',
      '[Clawdbot] RESOLVED: The service is unavailable. Nothing answers.',
    ]);
  });

  it('has updates within its limits, counted over restarts', async () => {
    const { tell, of, wait, restart } = await setUp({
      uses: ['twilio'],
      limits: { maxUpdates: 1, updateGapMs: 60_000 },
    });
    await tell();
    expect((await tell({ text: 'More.' })).outcome).toBe('nothing');
    wait(60_000);
    await restart();
    expect((await tell({ text: 'More.' })).outcome).toBe('done');
    wait(60_000);
    await restart();
    expect((await tell({ text: 'Even more.' })).outcome).toBe('nothing');
    expect((await tell(END)).outcome).toBe('done');
    expect(of('twilio').taken).toHaveLength(3);
  });

  it('is told once although it comes a hundred times at once', async () => {
    const { tell, of } = await setUp({ uses: ['http'] });
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => tell()));
    expect(outcomes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    expect(of('http').taken).toHaveLength(1);
  });

  it('says of a test that it is one', async () => {
    const { tell, of } = await setUp({ uses: ['http'], limits: { language: 'zh' } });
    await tell({ isTest: true, title: '试一下' });
    expect(of('http').taken[0]?.text).toBe('[Clawdbot] 测试 严重：试一下。Nothing answers.');
  });
});

describe('falling over', () => {
  it.each(['limited', 'unavailable', 'error500', 'reset', 'garbage'] as const)(
    'asks the next one where the first fails by %s, and nobody after that',
    async (fault) => {
      const { tell, of, counts, mails } = await setUp({ uses: ['twilio', 'tencent', 'feishu'] });
      of('twilio').fail(fault);
      expect(await tell()).toMatchObject({
        outcome: 'done',
        reason: expect.stringMatching(/^told by tencent \(twilio: /),
      });
      expect(of('tencent').taken).toHaveLength(1);
      expect(of('feishu').asked).toEqual([]);
      expect(counts.at(-1)).toBe('tencent delivered');
      expect(mails).toEqual([]);
    },
  );

  it('does not wait for one that hangs longer than it may', async () => {
    const { tell, of } = await setUp({ uses: ['aliyun', 'wecom'], limits: { timeoutMs: 200 } });
    of('aliyun').failAlways('hang');
    expect(await tell()).toMatchObject({ outcome: 'done', reason: 'told by wecom (aliyun: no answer in time)' });
  });

  it('gives the next one only those who lack the message', async () => {
    const both = [NUMBER, OTHER];
    const { tell, of } = await setUp({ uses: ['twilio', 'http'], to: { twilio: both, http: both } });
    // One of the two requests, whichever comes first.
    of('twilio').fail('unavailable');
    expect(await tell()).toMatchObject({
      outcome: 'done',
      reason: expect.stringMatching(/^told by twilio and http \(/),
    });
    const reached = [...of('twilio').taken, ...of('http').taken].map(({ to }) => to);
    expect(reached.sort()).toEqual([NUMBER, OTHER].sort());
  });

  it('says who is missing where some were reached', async () => {
    const to = { twilio: [NUMBER, '+15005550009'] };
    const { tell, mails } = await setUp({ uses: ['twilio'], to });
    const outcome = await tell();
    expect(outcome).toMatchObject({ outcome: 'done', details: { missing: 1 } });
    expect(outcome.reason).toBe('told by twilio, but 1 not reached (twilio: code 21614: the number gets no SMS)');
    expect(mails).toEqual([]);
  });

  it('ends with an e-mail that says why', async () => {
    const { tell, of, mails, counts } = await setUp({ uses: ['twilio', 'dingtalk'] });
    of('twilio').failAlways('error500');
    of('dingtalk').failAlways('limited');
    expect(await tell()).toMatchObject({
      outcome: 'done',
      reason: expect.stringMatching(/^by e-mail only: twilio: HTTP 500/),
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.subject).toBe('[Clawdbot] CRITICAL: The service is unavailable');
    expect(mails[0]?.text).toContain('Nothing answers.\n\ntwilio: HTTP 500\ndingtalk: code 130101');
    expect(counts).toEqual(['twilio doubtful', 'dingtalk busy', 'email delivered']);
    // Somebody was told, so the end is told too.
    of('twilio').failAlways(undefined);
    expect((await tell(END)).outcome).toBe('done');
  });

  it('is loud where nothing works, and asks to be repeated', async () => {
    const { tell, of, counts } = await setUp({ uses: ['twilio', 'wecom'], mail: 'failed' });
    of('twilio').failAlways('unavailable');
    of('wecom').failAlways('unavailable');
    expect(await tell()).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/^nobody was told: .*e-mail: no e-mail/),
    });
    expect(counts).toContain('every undelivered');
    of('wecom').failAlways(undefined);
    expect(await tell()).toMatchObject({ outcome: 'done', reason: expect.stringMatching(/^told by wecom/) });
    expect(of('wecom').taken).toHaveLength(1);
  });

  it('is final where everybody refuses for good', async () => {
    const { tell, counts } = await setUp({ uses: ['twilio'], to: { twilio: ['+15005550004'] }, mail: 'failed' });
    expect(await tell()).toMatchObject({ outcome: 'failed' });
    expect(counts).toEqual(['twilio rejected', 'email rejected', 'every undelivered']);
  });

  it('does nothing where nobody is named', async () => {
    const { tell } = await setUp({ uses: [] });
    expect(await tell()).toEqual({ outcome: 'nothing', reason: 'actions.notifiers names nobody to tell' });
  });
});

describe('what may have arrived', () => {
  it('is repeated once and never again, however often the process dies', async () => {
    const { of, open } = await setUp({ uses: ['twilio'], mail: 'failed' });
    // Taken, and the answer never comes: what a process that dies between sending and writing down looks like.
    of('twilio').failAlways('takenThenHang');
    for (let life = 0; life < 5; life += 1) {
      const before = of('twilio').asked.length;
      const courier = await open();
      const death = new AbortController();
      const told = courier.tell(TELLING, death.signal);
      // From the third life on it sends nothing, so there is nothing to die in.
      if (life < 2) await expect.poll(() => of('twilio').asked.length, { timeout: 60_000 }).toBeGreaterThan(before);
      else await told;
      death.abort();
      await told;
    }
    expect(of('twilio').taken).toHaveLength(2);
  });

  it('is not repeated by the same way after two tries in doubt, and the next way is asked all the same', async () => {
    const { tell, of, restart } = await setUp({ uses: ['twilio', 'feishu'], mail: 'failed' });
    of('twilio').failAlways('takenThenReset');
    of('feishu').failAlways('unavailable');
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect((await tell()).outcome).toBe('retry');
      await restart();
    }
    expect(of('twilio').taken).toHaveLength(2);
    of('feishu').failAlways(undefined);
    expect(await tell()).toMatchObject({ outcome: 'done' });
    expect(of('twilio').taken).toHaveLength(2);
    expect(of('feishu').taken).toHaveLength(1);
  });

  it('is written down before it is sent', async () => {
    const { tell, of, dump } = await setUp({ uses: ['twilio'], mail: 'failed' });
    const seen: string[] = [];
    of('twilio').failAlways('takenThenHang');
    const death = new AbortController();
    const told = tell({}, death.signal);
    await expect.poll(() => of('twilio').taken.length, { timeout: 60_000 }).toBe(1);
    seen.push(dump());
    death.abort();
    await told;
    expect(seen[0]).toContain('"doubts":1');
  });

  it('keeps no number in what is written down', async () => {
    const { tell, dump } = await setUp({ uses: ['twilio'] });
    await tell();
    expect(dump()).not.toContain(NUMBER.slice(3));
  });

  it('does not count as reached: its end is told where one doubtful try was all there was', async () => {
    const { tell, of } = await setUp({ uses: ['twilio'], mail: 'failed' });
    of('twilio').failAlways('takenThenReset');
    expect((await tell()).outcome).toBe('retry');
    expect((await tell()).outcome).toBe('retry');
    expect((await tell()).outcome).toBe('failed');
    of('twilio').failAlways(undefined);
    expect((await tell(END)).outcome).toBe('done');
    expect(of('twilio').taken).toHaveLength(3);
  });

  it('people are told although nothing can be written down', async () => {
    const { of } = await setUp({ uses: ['twilio'] });
    const out = createWayOut({ rows: [{ host: '127.0.0.1', purpose: 'sms', dataClass: 'metadata' }] });
    const { config } = await stage('twilio', { folder });
    const { ways, stop } = await startNotifiers(
      [{ ...config, options: { ...config.options, baseUrl: of('twilio').baseUrl } }],
      { out, now: Date.now },
    );
    closers.push(stop);
    const courier = createCourier({
      ways,
      state: { get: () => undefined, put: () => Promise.reject(new Error('disk full')) },
      now: Date.now,
      log: quietLog,
      messages: messages.parse({}),
      count: () => undefined,
      email: async () => ({ outcome: 'failed', reason: 'none' }),
    });
    expect(await courier.tell(TELLING, AbortSignal.timeout(60_000))).toMatchObject({ outcome: 'done' });
    expect(await courier.tell(TELLING, AbortSignal.timeout(60_000))).toMatchObject({ outcome: 'nothing' });
    expect(of('twilio').taken).toHaveLength(1);
  });
});

describe('one recipient', () => {
  it('gets no more than the limit within an hour, from all incidents and by whichever provider, and is warned', async () => {
    const { tell, of, wait, counts, mails } = await setUp({
      uses: ['twilio', 'http'],
      limits: { perRecipientPerHour: 3 },
    });
    const outcomes: string[] = [];
    for (let incident = 0; incident < 6; incident += 1)
      outcomes.push((await tell({ incident: `i${incident}` })).outcome);
    expect(outcomes).toEqual(['done', 'done', 'done', 'nothing', 'nothing', 'nothing']);
    expect(of('twilio').taken).toHaveLength(3);
    expect(of('twilio').taken.at(-1)?.text).toContain('No more messages within this hour.');
    expect(of('http').asked).toEqual([]);
    expect(counts.filter((one) => one === 'twilio limited')).toHaveLength(3);
    expect(mails).toEqual([]);
    wait(3_600_000);
    expect((await tell({ incident: 'i9' })).outcome).toBe('done');
  });

  it('is counted over restarts, and not for what the provider did not take', async () => {
    const { tell, of, restart } = await setUp({ uses: ['twilio'], limits: { perRecipientPerHour: 2 }, mail: 'failed' });
    of('twilio').fail('unavailable', 'limited');
    await tell();
    await tell();
    expect((await tell()).outcome).toBe('done');
    await restart();
    expect((await tell({ incident: 'i2' })).outcome).toBe('done');
    await restart();
    expect((await tell({ incident: 'i3' })).outcome).toBe('nothing');
  });
});
