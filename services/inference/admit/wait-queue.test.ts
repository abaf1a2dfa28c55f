import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../../engine/protocol/generation.ts';
import { createWaitQueue, type Place, PROMOTION_MS } from './wait-queue.ts';

const drain = (queue: ReturnType<typeof createWaitQueue<string>>, now: number): string[] => {
  const order: string[] = [];
  for (let place = queue.shift(now); place !== undefined; place = queue.shift(now)) order.push(place.value);
  return order;
};

describe('the waiting queue', () => {
  it('is first in, first out inside a priority, higher priorities first', () => {
    const queue = createWaitQueue<string>();
    queue.push('low', 'low', 0);
    queue.push('normal 1', 'normal', 1);
    queue.push('high', 'high', 2);
    queue.push('normal 2', 'normal', 3);
    expect(drain(queue, 4)).toEqual(['high', 'normal 1', 'normal 2', 'low']);
    expect(queue.size).toBe(0);
  });

  it('promotes whoever has waited long, so that a stream of better ones starves nobody', () => {
    const queue = createWaitQueue<string>();
    queue.push('old low', 'low', 0);
    const now = PROMOTION_MS * 2;
    queue.push('new high', 'high', now - 1);
    queue.push('new normal', 'normal', now - 1);
    expect(drain(queue, now)).toEqual(['old low', 'new high', 'new normal']);

    let served: string | undefined;
    queue.push('patient', 'low', 0);
    let at = 0;
    for (; served !== 'patient' && at < 100 * PROMOTION_MS; at += 1000) {
      queue.push('eager', 'high', at);
      served = queue.shift(at)?.value;
    }
    expect([served, at <= 3 * PROMOTION_MS]).toEqual(['patient', true]);
  });

  it('forgets who left, wherever they stood', () => {
    const queue = createWaitQueue<string>();
    const places = ['a', 'b', 'c', 'd'].map((name) => queue.push(name, 'normal', 0));
    for (const index of [1, 3, 0]) expect(queue.remove(places[index] as Place<string>)).toBe(true);
    expect(queue.remove(places[1] as Place<string>)).toBe(false);
    expect(drain(queue, 1)).toEqual(['c']);
    expect(queue.remove(places[2] as Place<string>)).toBe(false);
  });

  it('survives removal while it is walked', () => {
    const queue = createWaitQueue<string>();
    for (const name of ['a', 'b', 'c']) queue.push(name, 'normal', 0);
    for (const place of queue.values()) queue.remove(place);
    expect(queue.size).toBe(0);
  });

  it('behaves like a sorted list', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), priority: fc.constantFrom(...PRIORITIES) }),
      fc.record({ do: fc.constant('shift' as const) }),
      fc.record({ do: fc.constant('remove' as const), at: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = createWaitQueue<number>();
        let model: Place<number>[] = [];
        for (const [now, action] of steps.entries()) {
          if (action.do === 'push') model.push(queue.push(now, action.priority, now));
          if (action.do === 'shift') {
            const best = model.toSorted(
              (a, b) => PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority) || a.since - b.since,
            )[0];
            expect(queue.shift(now)?.value).toBe(best?.value);
            model = model.filter((place) => place !== best);
          }
          const victim = action.do === 'remove' ? model[action.at] : undefined;
          if (victim !== undefined) {
            queue.remove(victim);
            model = model.filter((place) => place !== victim);
          }
          expect([...queue.values()].length).toBe(model.length);
          expect(queue.size).toBe(model.length);
        }
      }),
    );
  });
});
