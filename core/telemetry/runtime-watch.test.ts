import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type GcKind, watchGarbageCollector, watchLoopDelay } from './runtime-watch.ts';

test('a loop that was watched for no time at all is not late', () => {
  const delay = watchLoopDelay(20);
  expect(delay.read()).toEqual({ p50: 0, p99: 0, max: 0 });
  delay.stop();
});

test('tells a pause of the collector by its kind', async () => {
  const pauses: [GcKind, number][] = [];
  const stop = watchGarbageCollector((...pause) => pauses.push(pause));
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  await expect.poll(() => pauses.map(([kind]) => kind)).toContain('major');
  expect(pauses.every(([, seconds]) => seconds >= 0 && seconds < 600)).toBe(true);
  stop();
});
