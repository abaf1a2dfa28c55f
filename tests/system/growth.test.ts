import { expect, test } from 'vitest';
import { watchGrowth } from '../../bench/soak/growth.ts';

const FEW = 500;
const KIB = 1024;

test('a service holds no more after four times the requests, each with its own ids, path, model or prompt', async () => {
  const at = [FEW, 2 * FEW, 5 * FEW];
  const { checkpoints, statuses } = await watchGrowth({ at, keys: 20 });
  expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(5 * FEW);
  // The first requests fill what is bounded and load what is loaded once.
  const [, few, many] = checkpoints;
  if (few === undefined || many === undefined) throw new TypeError('a checkpoint is missing');
  const more = many.requests - few.requests;
  // A map with an entry for each request would have `more`, one for each request of a kind a twentieth of that.
  expect(many.gateway.entries - few.gateway.entries).toBeLessThan(more / 4);
  // The least that is remembered of a request is an id, and its place in a map.
  expect(many.gateway.heapBytes - few.gateway.heapBytes).toBeLessThan(more * 2 * KIB);
  expect(many.engineHeapBytes - few.engineHeapBytes).toBeLessThan(more * 2 * KIB);
  expect(many.series).toBe(few.series);
});
