import { describe, expect, it } from 'vitest';
import { ACCEPTED, ANSWER, collect, FINISHED, manualRoute, REQUEST, settle, text } from './cache/test-generation.ts';
import type { GenerationEvent } from './call.ts';
import { generateChoices } from './choices.ts';

const WARM = { ...REQUEST, temperature: 1 };

const open = (choices: number, request = WARM) => {
  const { generate, asked } = manualRoute();
  const client = new AbortController();
  return { asked, client, events: generateChoices(generate, choices)(request, client.signal) };
};

const of = (choice: number, content: string): GenerationEvent => ({ ...text(content), choice }) as GenerationEvent;

const finished = (change: { reason?: 'length'; usage?: object; timings?: object }): GenerationEvent =>
  ({
    ...FINISHED,
    ...change,
    usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 1, ...change.usage },
    timings: { queueMs: 5, prefillMs: 6, decodeMs: 7, ...change.timings },
  }) as GenerationEvent;

describe('one choice', () => {
  it('is the generation itself', () => {
    const { generate } = manualRoute();
    expect(generateChoices(generate, 1)).toBe(generate);
  });
});

describe('several choices', () => {
  it('come as one stream that says whose each piece is', async () => {
    const { asked, events } = open(2);
    const reading = collect(events);
    await settle();
    asked[1]?.push(ACCEPTED, text('b'));
    await settle();
    asked[0]?.push(...ANSWER);
    await settle();
    asked[1]?.push(FINISHED);
    expect(await reading).toEqual([
      ACCEPTED,
      of(1, 'b'),
      of(0, 'he'),
      of(0, 'llo'),
      { type: 'ended', choice: 0, reason: 'stop' },
      { type: 'ended', choice: 1, reason: 'stop' },
      { ...FINISHED, usage: { promptTokens: 3, completionTokens: 4, cachedTokens: 1 } },
    ]);
  });

  it('count their prompt once and their answers together; the end is that of the first', async () => {
    const { asked, events } = open(3);
    const reading = collect(events);
    await settle();
    asked[2]?.push(ACCEPTED, finished({ usage: { completionTokens: 5, cachedTokens: 3, reasoningTokens: 4 } }));
    asked[1]?.push(ACCEPTED, finished({ usage: { estimated: true }, timings: { decodeMs: 70 } }));
    asked[0]?.push(ACCEPTED, finished({ reason: 'length' }));
    expect((await reading).at(-1)).toEqual({
      type: 'finished',
      reason: 'length',
      usage: { promptTokens: 3, completionTokens: 9, cachedTokens: 1, reasoningTokens: 4, estimated: true },
      timings: { queueMs: 5, prefillMs: 6, decodeMs: 70 },
    });
  });

  it.each([
    [null, [null, null, null]],
    [7, [7, 8, 9]],
    [Number.MAX_SAFE_INTEGER, [2 ** 53 - 1, 2 ** 53 - 2, 2 ** 53 - 3]],
  ])('draw from seed %s as %j', async (seed, expected) => {
    const { asked, events, client } = open(3, { ...WARM, seed });
    const reading = collect(events).catch(() => undefined);
    await settle();
    expect(asked.map(({ request }) => request.seed)).toEqual(expected);
    client.abort();
    await reading;
  });

  it('fail with the first that fails, and the others are cancelled', async () => {
    const { asked, events } = open(2);
    const reading = expect(collect(events)).rejects.toThrow('broken');
    await settle();
    asked[0]?.push(ACCEPTED, text('he'));
    asked[1]?.fail(new Error('broken'));
    await reading;
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('are cancelled together when the client is gone, or leaves', async () => {
    const aborted = open(2);
    const gone = expect(collect(aborted.events)).rejects.toThrow('gone');
    await settle();
    aborted.client.abort(new Error('gone'));
    await gone;
    const left = open(2);
    const leaving = (async () => {
      for await (const event of left.events) if (event.type === 'text') break;
    })();
    await settle();
    left.asked[0]?.push(ACCEPTED, text('he'));
    await leaving;
    expect([...aborted.asked, ...left.asked].map(({ signal }) => signal.aborted)).toEqual([true, true, true, true]);
  });

  it('cancel what has begun when one cannot begin', async () => {
    const { generate, asked } = manualRoute();
    let count = 0;
    const events = generateChoices((request, signal) => {
      count += 1;
      if (count === 2) throw new Error('no replica');
      return generate(request, signal);
    }, 2)(WARM, new AbortController().signal);
    await expect(collect(events)).rejects.toThrow('no replica');
    for (const { signal } of asked) expect(signal.aborted).toBe(true);
  });

  it('read no generation further than one event ahead', async () => {
    let given = 0;
    const events = generateChoices(async function* () {
      yield ACCEPTED;
      for (; given < 100; given += 1) yield text('x');
      yield FINISHED;
    }, 2)(WARM, new AbortController().signal);
    const iterator = events[Symbol.asyncIterator]();
    await iterator.next();
    await settle();
    expect(given).toBeLessThan(5);
    await iterator.return?.();
  });
});

describe('several choices at temperature 0', () => {
  it('are one generation, told once for each', async () => {
    const { asked, events } = open(2, REQUEST);
    const reading = collect(events);
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.push(ACCEPTED, text('he'), FINISHED);
    expect(await reading).toEqual([
      ACCEPTED,
      of(0, 'he'),
      of(1, 'he'),
      { type: 'ended', choice: 0, reason: 'stop' },
      { type: 'ended', choice: 1, reason: 'stop' },
      { ...FINISHED, usage: { promptTokens: 3, completionTokens: 4, cachedTokens: 1 } },
    ]);
  });
});
