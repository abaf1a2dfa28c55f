import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterTelling, decideTelling, type News, type Told } from './incident.ts';
import { roomFor, withinHour } from './rate.ts';

const LIMITS = { maxUpdates: 2, updateGapMs: 1000 };
const fires = (digest: string, severity = 'error'): News => ({ status: 'firing', severity, digest });
const ends: News = { status: 'resolved', severity: 'error', digest: 'end' };

/** What is told of news at these moments. */
const play = (...news: readonly (readonly [number, News])[]): string[] => {
  let told: Told | undefined;
  return news.map(([now, one]) => {
    const decision = decideTelling(told, one, LIMITS, now);
    if (!('reason' in decision)) told = afterTelling(told, decision.tell, one, now);
    return decision.tell;
  });
};

describe('what is told of an incident', () => {
  it('is its beginning and its end', () => expect(play([0, fires('a')], [1, ends])).toEqual(['first', 'end']));

  it('is not the same again', () =>
    expect(play([0, fires('a')], [5000, fires('a')], [5001, ends], [5002, ends])).toEqual([
      'first',
      'nothing',
      'end',
      'nothing',
    ]));

  it('is news, not sooner than the gap and not more often than the limit', () =>
    expect(
      play(
        [0, fires('a')],
        [999, fires('b')],
        [1000, fires('b')],
        [2000, fires('c')],
        [9000, fires('d')],
        [9001, ends],
      ),
    ).toEqual(['first', 'nothing', 'update', 'update', 'nothing', 'end']));

  it('is what became worse, at once and always', () =>
    expect(
      play(
        [0, fires('a', 'warning')],
        [1, fires('a', 'error')],
        [2, fires('b', 'critical')],
        [3, fires('c', 'critical')],
      ),
    ).toEqual(['first', 'update', 'update', 'nothing']));

  it('is news after the clock was set back by more than the gap', () =>
    expect(play([90_000, fires('a')], [1000, fires('b')])).toEqual(['first', 'update']));

  it('is no end of what nobody was told', () => expect(play([0, ends])).toEqual(['nothing']));

  it('is its return, and while that happens too often it waits rather than leave people in the belief that it ended', () =>
    expect(
      play(
        [0, fires('a')],
        [1, ends],
        [2, fires('a')],
        [3, ends],
        [4, fires('a')],
        [5, ends],
        [6, fires('a')],
        [1005, fires('a')],
      ),
    ).toEqual(['first', 'end', 'update', 'end', 'update', 'end', 'later', 'first']));

  it('is never more than the limits say, whatever comes in whatever order', () => {
    const event = fc.record({
      waitMs: fc.integer({ min: 0, max: 900 }),
      status: fc.constantFrom('firing' as const, 'resolved' as const),
      severity: fc.constantFrom('warning', 'error', 'critical', 'odd'),
      digest: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let now = 0;
        const tells = play(
          ...events.map(({ waitMs, ...news }) => {
            now += waitMs;
            return [now, news] as const;
          }),
        );
        const count = (kind: string) => tells.filter((tell) => tell === kind).length;
        const beginnings = count('first');
        // Two for what became worse, of each beginning.
        expect(count('update')).toBeLessThanOrEqual(beginnings * (LIMITS.maxUpdates + 2));
        expect(count('end')).toBeLessThanOrEqual(beginnings + count('update'));
      }),
    );
  });
});

describe('the limit of one recipient', () => {
  it('is of the last hour, and forgives a clock that was wrong', () => {
    expect(withinHour([0, 1, 3_600_000, 9e12], 3_600_000)).toEqual([1, 3_600_000]);
  });

  it('keeps half for what begins', () => {
    const sent = [1, 2, 3, 4, 5];
    expect(roomFor(sent, 10, 'update', 6)).toBe(0);
    expect(roomFor(sent, 10, 'end', 6)).toBe(0);
    expect(roomFor(sent, 10, 'first', 6)).toBe(5);
    expect(roomFor([...sent, 6, 7, 8, 9, 10], 10, 'first', 11)).toBe(0);
    expect(roomFor(sent, 10, 'update', 3_600_001)).toBe(1);
  });
});
