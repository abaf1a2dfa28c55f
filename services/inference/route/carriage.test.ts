import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenDetails } from '../../engine/protocol/generation.ts';
import { carriageFor } from './carriage.ts';
import { ask } from './harness.ts';

const FREE = { temperature: 1, seed: null };

const setUp = (more: Parameters<typeof ask>[1] = {}) => {
  const passed: { text: string; count: number; details: TokenDetails | undefined }[] = [];
  const carriage = carriageFor(ask('go', more), (text, count, details) => passed.push({ text, count, details }));
  return {
    carriage,
    passed,
    text: () => passed.map(({ text }) => text).join(''),
    count: () => passed.reduce((sum, { count }) => sum + count, 0),
  };
};

/** Says a text in pieces that end at these places. */
const say = ({ tokens }: ReturnType<typeof setUp>['carriage'], text: string, places: readonly number[]): boolean =>
  [0, ...places].every((from, index) => tokens(text.slice(from, places[index] ?? text.length), 1, undefined));

describe('an answer that is the same every time', () => {
  it('reads as if nothing had happened, wherever it was cut and however the next engine cuts it', () => {
    const places = (length: number) =>
      fc.uniqueArray(fc.nat(length), { maxLength: 6 }).map((cuts) => cuts.toSorted((a, b) => a - b));
    const cases = fc
      .string({ unit: 'binary', maxLength: 40 })
      .chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length), places(text.length), places(text.length)));
    fc.assert(
      fc.property(cases, ([text, end, first, second]) => {
        const made = setUp();
        say(
          made.carriage,
          text.slice(0, end),
          first.filter((place) => place <= end),
        );
        expect(made.carriage.restart()).toBe(true);
        expect(say(made.carriage, text, second)).toBe(true);
        expect([made.carriage.finished(), made.text()]).toEqual([true, text]);
      }),
    );
  });

  it('counts every token once', () => {
    const made = setUp();
    for (const piece of ['one ', 'two ']) made.carriage.tokens(piece, 1, undefined);
    made.carriage.restart();
    for (const piece of ['one ', 'two ', 'three']) made.carriage.tokens(piece, 1, undefined);
    expect(made.passed.map(({ text }) => text)).toEqual(['one ', 'two ', 'three']);
    expect(made.count()).toBe(3);
  });

  it('is given up when the next engine says something else, or less', () => {
    const other = setUp();
    other.carriage.tokens('Paris is', 2, undefined);
    other.carriage.restart();
    expect(other.carriage.tokens('Paris was', 2, undefined)).toBe(false);
    const less = setUp();
    less.carriage.tokens('Paris is', 2, undefined);
    less.carriage.restart();
    expect([less.carriage.tokens('Paris', 1, undefined), less.carriage.finished()]).toEqual([true, false]);
  });

  it('goes on in thoughts, calls and probabilities as well; a call keeps its first id', () => {
    const made = setUp();
    const likely = (token: string) => ({ token, bytes: [], logprob: -1, top: [] });
    const call = (id: string) => ({ toolCalls: [{ index: 0, id, name: 'weather', arguments: '{"city"' }] });
    made.carriage.tokens('', 1, { reasoning: 'Hm' });
    made.carriage.tokens('a', 1, { logprobs: [likely('a')] });
    made.carriage.tokens('', 1, call('call_1'));
    made.carriage.restart();
    made.carriage.tokens('', 1, { reasoning: 'Hmm.' });
    made.carriage.tokens('ab', 1, { logprobs: [likely('a'), likely('b')] });
    made.carriage.tokens('', 1, call('call_2'));
    made.carriage.tokens('', 1, { toolCalls: [{ index: 0, arguments: ':"Rome"}' }] });
    expect(made.carriage.finished()).toBe(true);
    expect(made.passed.slice(3).map(({ text, details }) => ({ text, ...details }))).toEqual([
      { text: '', reasoning: 'm.' },
      { text: 'b', logprobs: [likely('b')] },
      { text: '', toolCalls: [{ index: 0, arguments: ':"Rome"}' }] },
    ]);
  });
});

describe('an answer that goes another way every time', () => {
  it('can begin anew until its first token was passed on', () => {
    const { carriage } = setUp(FREE);
    expect(carriage.restart()).toBe(true);
    carriage.tokens('a', 1, undefined);
    expect(carriage.restart()).toBe(false);
  });

  it('can begin anew until its end where nobody reads along, who sees its progress all the same', () => {
    const made = setUp({ ...FREE, isWhole: true });
    made.carriage.tokens('lost', 3, undefined);
    expect(made.carriage.restart()).toBe(true);
    made.carriage.tokens('ke', 1, undefined);
    made.carriage.tokens('pt', 1, undefined);
    expect(made.text()).toBe('');
    made.carriage.tokens('', 1, { reasoning: 'so' });
    made.carriage.finished();
    expect(made.passed.slice(-2)).toEqual([
      { text: 'kept', count: 0, details: undefined },
      { text: '', count: 0, details: { reasoning: 'so' } },
    ]);
  });
});
