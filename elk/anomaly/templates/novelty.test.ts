import { beforeEach, expect, it } from 'vitest';
import { USUAL } from '../detect/clock.ts';
import { type LogLine, type NoveltyState, newNovelty, raisedTemplates, takeLines } from './novelty.ts';

const line = (message: string): LogLine => ({
  ...{ level: 'error', service: 'clawdbot', action: 'request.failed', errorCode: 'ERR_X', message },
});
const WARM = USUAL.day * (USUAL.longMs / USUAL.shortMs);

let state: NoveltyState;
let slot: number;
const minute = (...messages: string[]) => {
  slot += 1;
  return takeLines(state, USUAL, { slot, lines: messages.map(line), isNews: true });
};
beforeEach(() => {
  state = newNovelty();
  slot = 0;
  for (let at = 0; at < WARM; at += 1) expect(minute(`timed out after ${at} ms`)).toEqual([]);
});

it('raises a kind of error that was never there, at its third line, with the lines as they were written', () => {
  expect(minute('timed out after 7 ms', 'the sampler left the grammar at 1')).toEqual([]);
  expect(minute()).toEqual([]);
  const [found] = minute('the sampler left the grammar at 2', 'the sampler left the grammar at 3');
  expect(found).toMatchObject({
    ...{ what: 'raised', since: WARM + 1, lines: 3 },
    template: 'clawdbot request.failed ERR_X: the sampler left the grammar at <number>',
    examples: [
      'the sampler left the grammar at 1',
      'the sampler left the grammar at 2',
      'the sampler left the grammar at 3',
    ],
  });
  expect(minute('the sampler left the grammar at 4')).toEqual([]);
  expect(raisedTemplates(state)).toBe(1);
});

it('ends it after two quiet intervals, and knows it from then on', () => {
  minute('new 1', 'new 2', 'new 3');
  const changes = Array.from({ length: 31 }, () => minute()).flat();
  expect(changes.map(({ what }) => what)).toEqual(['cleared']);
  expect(raisedTemplates(state)).toBe(0);
  expect(minute('new 4', 'new 5', 'new 6', 'new 7')).toEqual([]);
});

it('finds one line, or a few over hours, no pattern', () => {
  expect(minute('something odd, once')).toEqual([]);
  for (let hour = 0; hour < 5; hour += 1) {
    for (let at = 0; at < 59; at += 1) expect(minute()).toEqual([]);
    expect(minute('something odd, once')).toEqual([]);
  }
});

it('learns, and raises nothing, while it knows too little', () => {
  state = newNovelty();
  expect(minute('never seen', 'never seen', 'never seen', 'never seen')).toEqual([]);
});
