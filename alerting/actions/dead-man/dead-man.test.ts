import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { loopbackRows } from '../../../tests/loopback-way.ts';
import { until } from '../../../tests/stream.ts';
import type { Notice } from '../action.ts';
import { type DeadMan, openDeadMan } from './dead-man.ts';

const START = 1_700_000_000_000;
const QUIET = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let opened: DeadMan | undefined;
afterEach(() => opened?.stop());

/** Played time: every look and call happens when the clock passes it. */
const createTime = () => {
  let now = START;
  let timers: { readonly ms: number; readonly act: () => void; next: number }[] = [];
  return {
    now: () => now,
    every(ms: number, act: () => void) {
      const timer = { ms, act, next: now + ms };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    async pass(ms: number) {
      for (const end = now + ms; ; ) {
        const due = timers.filter(({ next }) => next <= end).sort((one, other) => one.next - other.next)[0];
        if (due === undefined) {
          now = end;
          return;
        }
        now = due.next;
        due.next += due.ms;
        due.act();
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      }
    },
    /** As a machine that was asleep: time has passed, and nothing was looked at. */
    sleep(ms: number) {
      now += ms;
      for (const timer of timers) timer.next = Math.max(timer.next, now);
    },
  };
};

type Time = ReturnType<typeof createTime>;

const open = (time: Time, kept = new Map<string, unknown>(), more: object = {}) => {
  const notices: Notice[] = [];
  const config = configSchema.parse({ actions: { deadMan: { graceMs: 0, ...more } } }).actions.deadMan;
  const state = {
    get: (key: string) => kept.get(key),
    put: async (key: string, value: unknown) => void kept.set(key, value),
  };
  const out = createWayOut({ rows: loopbackRows('webhook') });
  const egress = config.heartbeatUrl === undefined ? undefined : out.open({ purpose: 'webhook', dataClass: 'none' });
  const { now, every } = time;
  const notify = async (notice: Notice) => void notices.push(notice);
  opened = openDeadMan({ config, state, now, every, log: QUIET, notify, egress });
  return { deadMan: opened, titles: () => notices.map(({ title }) => title) };
};

describe('the dead-man’s switch', () => {
  it('tells once when the alert that always fires falls silent, and once when it is back', async () => {
    const time = createTime();
    const { deadMan, titles } = open(time);
    await deadMan.beat(undefined);
    await time.pass(180_000);
    expect(titles()).toEqual([]);
    await time.pass(5_000);
    expect([titles(), deadMan.isSilent]).toEqual([['Alerts cannot arrive'], true]);
    await time.pass(3_600_000);
    expect(titles()).toHaveLength(1);
    await deadMan.beat(undefined);
    await time.pass(5_000);
    expect([titles(), deadMan.isSilent]).toEqual([['Alerts cannot arrive', 'Alerts arrive again'], false]);
    await time.pass(185_000);
    expect(titles()).toHaveLength(3);
  });

  it('is not comforted by an Alertmanager that repeats what Prometheus said before it ended', async () => {
    const time = createTime();
    const kept = new Map<string, unknown>();
    const { deadMan, titles } = open(time, kept);
    for (const mark of ['100', '160', '160', '160']) {
      await deadMan.beat(mark);
      await time.pass(60_000);
    }
    expect(titles()).toEqual([]);
    await deadMan.beat('160');
    await time.pass(5_000);
    expect(titles()).toEqual(['Alerts cannot arrive']);
    await deadMan.stop();
    const after = open(time, kept);
    await after.deadMan.beat('160');
    await time.pass(60_000);
    expect(after.titles()).toEqual([]);
    await after.deadMan.beat('500');
    await time.pass(5_000);
    expect(after.titles()).toEqual(['Alerts arrive again']);
  });

  it('expects nothing before it came for the first time', async () => {
    const time = createTime();
    const { titles, deadMan } = open(time);
    await time.pass(86_400_000);
    expect([titles(), deadMan.ageMs()]).toEqual([[], undefined]);
  });

  it('gives it time after a start, and then remembers that it came before', async () => {
    const time = createTime();
    const kept = new Map<string, unknown>();
    const first = open(time, kept);
    await first.deadMan.beat(undefined);
    await first.deadMan.stop();
    time.sleep(86_400_000);
    const { titles } = open(time, kept, { graceMs: 120_000 });
    await time.pass(300_000);
    expect(titles()).toEqual([]);
    await time.pass(5_000);
    expect(titles()).toEqual(['Alerts cannot arrive']);
  });

  it('takes no sleep of the machine for silence', async () => {
    const time = createTime();
    const { deadMan, titles } = open(time);
    await deadMan.beat(undefined);
    time.sleep(28_800_000);
    await time.pass(170_000);
    expect(titles()).toEqual([]);
    await time.pass(20_000);
    expect(titles()).toEqual(['Alerts cannot arrive']);
  });

  it('does not tell again after a restart in the middle of a silence', async () => {
    const time = createTime();
    const kept = new Map<string, unknown>();
    const first = open(time, kept);
    await first.deadMan.beat(undefined);
    await time.pass(200_000);
    expect(first.titles()).toHaveLength(1);
    await first.deadMan.stop();
    const second = open(time, kept);
    await time.pass(3_600_000);
    expect(second.titles()).toEqual([]);
    await second.deadMan.beat(undefined);
    await time.pass(5_000);
    expect(second.titles()).toEqual(['Alerts arrive again']);
  });

  it('calls a watcher elsewhere in turn, and no more while alerts cannot arrive', async () => {
    let calls = 0;
    const server = createServer((request, response) => {
      if (request.method === 'POST' && request.url === '/ping/abc') calls += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const time = createTime();
    const { deadMan } = open(time, new Map(), { heartbeatUrl: `http://127.0.0.1:${port}/ping/abc` });
    // A call that is still being answered when the next is due takes its place.
    const untilCalledAgain = async () => {
      const before = calls;
      await until(
        async () => {
          await deadMan.beat(undefined);
          await time.pass(60_000);
          return calls;
        },
        (seen) => seen > before,
      );
    };
    await untilCalledAgain();
    await untilCalledAgain();
    await time.pass(600_000);
    expect(deadMan.isSilent).toBe(true);
    let last = -1;
    const isOver = (seen: number): boolean => {
      const isSame = seen === last;
      last = seen;
      return isSame;
    };
    const seen = await until(() => calls, isOver);
    await time.pass(600_000);
    expect(await until(() => calls, isOver)).toBe(seen);
    await new Promise((resolve) => server.close(resolve));
  });
});
