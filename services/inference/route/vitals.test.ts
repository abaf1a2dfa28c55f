import { describe, expect, it } from 'vitest';
import {
  forgive,
  isQuiet,
  judge,
  newVitals,
  noteEffort,
  noteHeartbeat,
  noteStats,
  noteToken,
  owesSign,
  takeSteps,
} from './vitals.ts';

const LIMITS = { stallMs: 1000, wedgedMs: 400, probeIntervalMs: 500 };
const kindAt = (vitals: ReturnType<typeof newVitals>, now: number, inFlight = 1) =>
  judge(vitals, inFlight, LIMITS, now).kind;

describe('judging a replica', () => {
  it('finds it well while its loop turns', () => {
    const vitals = newVitals(0);
    for (let now = 100; now < 5000; now += 100) {
      noteHeartbeat(vitals, now, 1, now);
      expect(kindAt(vitals, now)).toBe('well');
    }
  });

  it('finds it stalled without heartbeats', () => {
    const vitals = newVitals(0);
    expect([kindAt(vitals, 1000), kindAt(vitals, 1001)]).toEqual(['well', 'stalled']);
  });

  it('finds it stalled when its loop stops turning with work in it', () => {
    const vitals = newVitals(0);
    for (let now = 0; now <= 1000; now += 100) noteHeartbeat(vitals, 7, 1, now);
    expect([kindAt(vitals, 1000), kindAt(vitals, 1001)]).toEqual(['well', 'stalled']);
  });

  it('counts from the moment work begins, not from the last turn before', () => {
    const vitals = newVitals(0);
    for (let now = 0; now <= 5000; now += 100) noteHeartbeat(vitals, 7, 0, now);
    noteHeartbeat(vitals, 7, 1, 5100);
    expect([kindAt(vitals, 5200), kindAt(vitals, 6000)]).toEqual(['well', 'well']);
  });

  it('asks for a probe after idleness, but not while requests run or a probe is under way', () => {
    const vitals = newVitals(0);
    noteHeartbeat(vitals, 1, 0, 500);
    expect([kindAt(vitals, 499, 0), kindAt(vitals, 500, 0), kindAt(vitals, 500, 1)]).toEqual(['well', 'probe', 'well']);
    vitals.probeSentAt = 500;
    expect(kindAt(vitals, 600, 1)).toBe('well');
    noteToken(vitals, 700);
    vitals.probeSentAt = undefined;
    noteHeartbeat(vitals, 1, 0, 1200);
    expect([kindAt(vitals, 1199, 0), kindAt(vitals, 1200, 0)]).toEqual(['well', 'probe']);
  });

  it('finds it stalled when a probe gets no token in time', () => {
    const vitals = newVitals(0);
    vitals.probeSentAt = 500;
    noteHeartbeat(vitals, 1, 0, 1500);
    expect([kindAt(vitals, 1500), kindAt(vitals, 1501)]).toEqual(['well', 'stalled']);
    noteToken(vitals, 1502);
    expect(kindAt(vitals, 1503)).toBe('well');
  });

  it('finds it stalled after three failing probes in a row, tokens between them forgiven', () => {
    const vitals = newVitals(0);
    vitals.probeFailures = 2;
    expect(kindAt(vitals, 10)).toBe('well');
    noteToken(vitals, 20);
    vitals.probeFailures += 1;
    expect(kindAt(vitals, 30)).toBe('well');
    vitals.probeFailures = 3;
    expect(kindAt(vitals, 40)).toBe('stalled');
  });

  it('does not blame it for a silence of our own', () => {
    const vitals = newVitals(0);
    noteHeartbeat(vitals, 1, 1, 0);
    vitals.probeSentAt = 0;
    forgive(vitals, 60_000);
    expect(kindAt(vitals, 60_500)).toBe('well');
    expect(kindAt(vitals, 61_001)).toBe('stalled');
  });
});

describe('what steps did', () => {
  const stats = { slotsUsed: 1, slotsLimit: 2, waiting: 0, rssBytes: 1 };
  const steps = (count: number) => ({
    ...{ count, sequences: [1], prefillMs: 1, decodeMs: 1, prefillTokens: 1, decodeTokens: 1, cachedTokens: 0 },
    ...{ missedTokens: 0, preemptions: 0, acceptedTokens: 0, rejectedTokens: 0 },
  });

  it('is handed over once, however many reports came in between', () => {
    const vitals = newVitals(0);
    noteStats(vitals, { ...stats, steps: steps(3) });
    noteStats(vitals, { ...stats, steps: steps(4) });
    expect([takeSteps(vitals).map(({ count }) => count), takeSteps(vitals)]).toEqual([[3, 4], []]);
  });

  it('is nothing where an engine was idle, or counts no steps', () => {
    const vitals = newVitals(0);
    noteStats(vitals, { ...stats, steps: steps(0) });
    noteStats(vitals, stats);
    expect([takeSteps(vitals), vitals.stats]).toEqual([[], stats]);
  });
});

describe('a process that owes a sign of life', () => {
  const PATIENT = { stallMs: 30_000, wedgedMs: 3500, probeIntervalMs: 60_000 };
  /** Looks once a second, as the route does, and answers when it was found stalled. */
  const foundStalled = (
    vitals: ReturnType<typeof newVitals>,
    effortAt: (now: number) => Parameters<typeof noteEffort>[1],
  ) => {
    for (let now = 1000; now <= 60_000; now += 1000) {
      noteEffort(vitals, owesSign(vitals, now) ? effortAt(now) : undefined, now);
      const verdict = judge(vitals, 1, PATIENT, now);
      if (verdict.kind === 'stalled') return { now, reason: verdict.reason };
    }
    return undefined;
  };
  const idle = () => ({ cpuMs: 700, isRunning: false });

  it('is given up within 5 s of its last heartbeat when it does nothing', () => {
    expect(foundStalled(newVitals(0), idle)).toEqual({ now: 4000, reason: 'no heartbeat for 3500 ms' });
  });

  it('is given up as fast when it lives and its loop does not turn', () => {
    const vitals = newVitals(0);
    noteHeartbeat(vitals, 7, 2, 0);
    const alive = (now: number) => {
      noteHeartbeat(vitals, 7, 2, now);
      return { cpuMs: 700 + now / 100, isRunning: false };
    };
    expect(foundStalled(vitals, alive)).toMatchObject({ now: 4000, reason: expect.stringContaining('not turned') });
  });

  it.each([
    ['computes', (now: number) => ({ cpuMs: now, isRunning: false })],
    ['wants to run or reads a disk', () => ({ cpuMs: 700, isRunning: true })],
    ['does what nobody can tell', () => undefined],
  ])('is given all its time when it %s', (_, effortAt) => {
    expect(foundStalled(newVitals(0), effortAt)?.now).toBe(31_000);
  });

  it('rests anew after every piece of work, and when the silence was that of this side', () => {
    const vitals = newVitals(0);
    for (const now of [2000, 3000]) noteEffort(vitals, idle(), now);
    noteEffort(vitals, { cpuMs: 1000, isRunning: false }, 4000);
    expect(vitals.rest?.since).toBe(4000);
    forgive(vitals, 5000);
    expect([vitals.rest, owesSign(vitals, 6000)]).toEqual([undefined, false]);
  });

  it('is quiet for whoever looks for a replica, long before it is given up', () => {
    const vitals = newVitals(0);
    expect([isQuiet(vitals, PATIENT, 3500), isQuiet(vitals, PATIENT, 3501)]).toEqual([false, true]);
    expect(isQuiet(undefined, PATIENT, 9000)).toBe(false);
  });
});
