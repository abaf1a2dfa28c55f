import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { Poll, type PollState } from './poll.ts';
import type { Reader, ReadOutcome } from './reader.ts';

type Outcome = ReadOutcome<string>;

/** A reader whose answers come when the test says so. */
const scripted = () => {
  const waiting: ((outcome: Outcome) => void)[] = [];
  const reader: Reader<string> = {
    ...{ intervalMs: 1000, deadlineMs: 5000 },
    read: () => new Promise((resolve) => waiting.push(resolve)),
    stop: async () => undefined,
  };
  return { reader, waiting };
};

const answering = (...outcomes: Outcome[]) => {
  let reads = 0;
  const reader: Reader<string> = {
    ...{ intervalMs: 1000, deadlineMs: 5000 },
    read: async () => outcomes[Math.min(reads++, outcomes.length - 1)] ?? { kind: 'absent', why: 'nothing' },
    stop: async () => undefined,
  };
  return { reader, reads: () => reads };
};

const read = (reading: string): Outcome => ({ kind: 'read', reading });
const failed: Outcome = { kind: 'failed', reason: 'exit_15', detail: 'lost' };

const startPoll = async (reader: Reader<string>) => {
  const clock = new FakeClock();
  const states: PollState['kind'][] = [];
  const poll = new Poll({ reader, clock, onChange: ({ kind }) => states.push(kind) });
  poll.start();
  await clock.settle();
  return { clock, poll, states };
};

describe('a poll', () => {
  it('asks once per interval', async () => {
    const { reader, reads } = answering(read('a'));
    const { clock, poll } = await startPoll(reader);
    await clock.advance(3000);
    expect(reads()).toBe(4);
    expect(poll.fresh).toBe('a');
    expect(poll.lastSuccess).toBe((1_700_000_000_000 + 3000) / 1000);
  });

  it('gives up a reading at its deadline, and drops what it brings later', async () => {
    const { reader, waiting } = scripted();
    const { clock, poll } = await startPoll(reader);
    await clock.advance(4999);
    expect(poll.state.kind).toBe('waiting');
    await clock.advance(1);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'deadline' });
    waiting[0]?.(read('late'));
    await clock.settle();
    expect(poll.fresh).toBeUndefined();
    expect(poll.state.kind).toBe('failing');
  });

  it('never asks for a second reading before the first has settled, and says that it is stuck', async () => {
    const { reader, waiting } = scripted();
    const { clock, poll } = await startPoll(reader);
    await clock.advance(120_000);
    expect(waiting).toHaveLength(1);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'stuck' });
    waiting[0]?.(read('at last'));
    await clock.advance(10_000);
    expect(waiting).toHaveLength(2);
    waiting[1]?.(read('well again'));
    await clock.settle();
    expect(poll.fresh).toBe('well again');
  });

  it('drops the last values with a failure, and does not repeat them', async () => {
    const { reader } = answering(read('a'), failed);
    const { clock, poll } = await startPoll(reader);
    expect(poll.fresh).toBe('a');
    await clock.advance(1000);
    expect(poll.fresh).toBeUndefined();
    expect(poll.failures.get('exit_15')).toBe(1);
  });

  it('drops values that are older than two intervals', async () => {
    const { reader, waiting } = scripted();
    const { clock, poll } = await startPoll(reader);
    waiting[0]?.(read('a'));
    await clock.advance(2000);
    expect(poll.fresh).toBe('a');
    await clock.advance(1);
    expect(poll.fresh).toBeUndefined();
    expect(poll.state.kind).toBe('up');
  });

  it('asks less and less often while it fails, and at its own pace again afterwards', async () => {
    const outcomes = [failed, failed, failed, failed, failed, read('a')];
    const { reader, reads } = answering(...outcomes);
    const { clock } = await startPoll(reader);
    const seen: number[] = [];
    for (let second = 0; second < 45; second += 1) {
      await clock.advance(1000);
      seen.push(reads());
    }
    // After 2, 4, 8, 10 and 10 seconds, then every second.
    expect([1, 2, 5, 6, 13, 14, 23, 24, 33, 34, 36].map((second) => seen[second - 1])).toEqual([
      1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 8,
    ]);
  });

  it('tells nothing there from gone: what was there once is missed', async () => {
    const absent: Outcome = { kind: 'absent', why: 'no driver' };
    const never = await startPoll(answering(absent).reader);
    expect(never.poll.state).toEqual({ kind: 'absent', why: 'no driver' });
    expect(never.poll.failures.size).toBe(0);
    const { clock, poll } = await startPoll(answering(read('a'), absent).reader);
    await clock.advance(1000);
    expect(poll.state).toEqual({ kind: 'failing', reason: 'gone', detail: 'no driver' });
  });

  it('looks again later for what was absent', async () => {
    const { reader, reads } = answering({ kind: 'absent', why: 'no driver' }, read('plugged in'));
    const { clock, poll, states } = await startPoll(reader);
    await clock.advance(29_999);
    expect(reads()).toBe(1);
    await clock.advance(1);
    expect(poll.fresh).toBe('plugged in');
    expect(states).toEqual(['absent', 'up']);
  });

  it('outlives a reader that throws', async () => {
    const reader: Reader<string> = {
      ...{ intervalMs: 1000, deadlineMs: 5000 },
      read: () => Promise.reject(new Error('broken')),
      stop: async () => undefined,
    };
    const { clock, poll } = await startPoll(reader);
    await clock.advance(10_000);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'other' });
    expect(poll.failures.get('other')).toBe(3);
  });

  it('asks no more once it is stopped', async () => {
    const { reader, reads } = answering(read('a'));
    const { clock, poll } = await startPoll(reader);
    await poll.stop();
    await clock.advance(60_000);
    expect(reads()).toBe(1);
  });
});
