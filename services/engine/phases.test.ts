import { expect, test } from 'vitest';
import { createPhases } from './phases.ts';

const begin = () => {
  let at = 0;
  const phases = createPhases(() => at);
  return {
    phases,
    to(time: number) {
      at = time;
      return time;
    },
  };
};

test('tells waiting, reading and writing with the steps of each', () => {
  const { phases, to } = begin();
  phases.started(to(10));
  to(20);
  phases.stepped();
  to(30);
  phases.stepped();
  phases.wrote(30);
  for (const at of [35, 40]) {
    to(at);
    phases.stepped();
    phases.wrote(at);
  }
  to(100);
  expect(phases.all()).toEqual([
    { kind: 'queue', ms: 10, steps: 0 },
    { kind: 'prefill', ms: 20, steps: 2 },
    { kind: 'decode', ms: 10, steps: 2 },
  ]);
});

test('tells an answer that was set aside in parts', () => {
  const { phases, to } = begin();
  phases.started(to(1));
  to(2);
  phases.stepped();
  phases.wrote(2);
  to(5);
  phases.paused();
  to(8);
  phases.stepped();
  phases.wrote(to(9));
  to(12);
  phases.stepped();
  phases.wrote(12);
  expect(phases.all()).toEqual([
    { kind: 'queue', ms: 1, steps: 0 },
    { kind: 'prefill', ms: 1, steps: 1 },
    { kind: 'decode', ms: 3, steps: 0 },
    { kind: 'queue', ms: 3, steps: 0 },
    { kind: 'prefill', ms: 1, steps: 1 },
    { kind: 'decode', ms: 3, steps: 1 },
  ]);
});

test('counts what came where an engine tells no steps, and ends reading where nothing was written', () => {
  const one = begin();
  one.phases.started(one.to(1));
  one.phases.wrote(one.to(2));
  one.phases.wrote(one.to(3));
  expect(one.phases.all().at(-1)).toEqual({ kind: 'decode', ms: 1, steps: 1 });
  const other = begin();
  other.phases.started(other.to(1));
  other.to(7);
  expect(other.phases.all()).toEqual([
    { kind: 'queue', ms: 1, steps: 0 },
    { kind: 'prefill', ms: 6, steps: 0 },
  ]);
});

test('stays small however often an answer is set aside', () => {
  const { phases, to } = begin();
  for (let at = 1; at < 1000; at += 2) {
    to(at);
    phases.stepped();
    to(at + 1);
    phases.paused();
  }
  expect(phases.all().length).toBeLessThanOrEqual(24);
});
