import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenerationEvent } from '../call.ts';
import { ACCEPTED, FINISHED, text } from './test-generation.ts';
import { foldEvents } from './transcript.ts';

const piece = fc.record({
  type: fc.constantFrom('text' as const, 'reasoning' as const),
  text: fc.string({ maxLength: 5 }),
  tokens: fc.integer({ min: 0, max: 4 }),
  choice: fc.integer({ min: 0, max: 1 }),
});

/** What each choice said in all, by kind: what folding must not change. */
const said = (events: readonly GenerationEvent[]): Readonly<Record<string, readonly [string, number]>> => {
  const all: Record<string, [string, number]> = {};
  for (const event of events) {
    if (event.type !== 'text' && event.type !== 'reasoning') continue;
    const key = `${event.type} ${event.choice}`;
    const [before, tokens] = all[key] ?? ['', 0];
    all[key] = [before + event.text, tokens + event.tokens];
  }
  return all;
};

describe('folding a transcript', () => {
  it('puts neighbours together up to a size', () => {
    const events = [ACCEPTED, ...Array.from({ length: 40 }, () => text('ab')), FINISHED];
    const { events: folded } = foldEvents(events);
    expect(folded.map((event) => ('tokens' in event ? event.tokens : event.type))).toEqual([
      'accepted',
      16,
      16,
      8,
      'finished',
    ]);
  });

  it('changes nothing about what was said before and after each place', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 4 }), (events, marks) => {
        const places = marks.map((mark) => Math.min(mark, events.length));
        const folded = foldEvents(events, places);
        folded.places.forEach((place, index) => {
          expect(said(folded.events.slice(0, place))).toEqual(said(events.slice(0, places[index])));
          expect(said(folded.events.slice(place))).toEqual(said(events.slice(places[index])));
        });
        expect(said(folded.events)).toEqual(said(events));
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('keeps log probabilities with their text, in order', () => {
    const scored = (token: string): GenerationEvent => ({
      type: 'text',
      text: token,
      tokens: 1,
      logprobs: [{ token, bytes: [], logprob: -1, top: [] }],
    });
    const { events } = foldEvents([scored('a'), scored('b')]);
    expect(events).toMatchObject([{ text: 'ab', logprobs: [{ token: 'a' }, { token: 'b' }] }]);
  });

  it('joins the arguments of one call and keeps calls apart', () => {
    const delta = (index: number, args: string, id?: string): GenerationEvent => ({
      type: 'toolCalls',
      tokens: 1,
      calls: [{ index, arguments: args, ...(id === undefined ? {} : { id, name: 'f' }) }],
    });
    const { events } = foldEvents([delta(0, '{', 'x'), delta(0, '}'), delta(1, '{}', 'y')]);
    expect(events).toEqual([
      {
        type: 'toolCalls',
        tokens: 3,
        calls: [
          { index: 0, id: 'x', name: 'f', arguments: '{}' },
          { index: 1, id: 'y', name: 'f', arguments: '{}' },
        ],
      },
    ]);
  });
});
