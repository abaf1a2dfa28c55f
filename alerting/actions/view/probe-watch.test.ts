import { afterEach, expect, it } from 'vitest';
import type { Observation } from '../../../core/telemetry/telemetry.ts';
import { watchGateway } from './probe-watch.ts';

type Result = 'ready' | 'not_ready' | 'unreachable';

let stop = async (): Promise<void> => undefined;
afterEach(() => stop());

/** A gateway that answers as told, and the gauge as a scrape would read it. */
const start = () => {
  let now = 0;
  let read = (): Iterable<Observation> => [];
  const asked: ((result: Result) => void)[] = [];
  const waiting: (() => void)[] = [];
  const watching = watchGateway(
    {
      probe: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve('unreachable'));
          asked.push(resolve);
          waiting.shift()?.();
        }),
    },
    {
      now: () => now,
      everyMs: 1,
      telemetry: {
        gauge: (_key, observe) => {
          read = observe;
        },
      },
    },
  );
  stop = watching.stop;
  const nextAsked = () =>
    asked.length > 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve));
  return {
    async answer(result: Result) {
      await nextAsked();
      asked.shift()?.(result);
      await nextAsked();
    },
    pass: (ms: number) => {
      now += ms;
    },
    shown: () => [...read()].filter(({ value }) => value === 1).map(({ labels = {} }) => Object.values(labels).join()),
  };
};

it('knows nothing before it was told', () => expect(start().shown()).toEqual([]));

it('shows what the gateway said last', async () => {
  const watch = start();
  await watch.answer('ready');
  expect(watch.shown()).toEqual(['ready']);
  await watch.answer('unreachable');
  expect(watch.shown()).toEqual(['unreachable']);
});

it('forgets what is old: a second opinion of yesterday is none', async () => {
  const watch = start();
  await watch.answer('ready');
  watch.pass(10_001);
  expect(watch.shown()).toEqual([]);
});
