import { describe, expect, it } from 'vitest';
import type { BatchToken } from './decoder.ts';
import { answerOf } from './fake-decoder.ts';
import { ask, createStand, promptOf, type Stand } from './stand.ts';

/** A machine as one was measured: so much for a step, for each answer in it, and for each prompt token. */
const costMs = (batch: readonly BatchToken[]): number => {
  const outputs = batch.filter(({ isSampled }) => isSampled).length;
  return 10 + 4 * outputs + 2.5 * (batch.length - outputs);
};

const ROOMY = { cells: 4096, batchTokens: 512, sequences: 64, costMs };

const promptTokens = (batch: readonly BatchToken[]): number => batch.filter(({ isSampled }) => !isSampled).length;

/** Batches from here on, while `isGoing`. */
const batchesWhile = (stage: Stand, isGoing: () => boolean): (readonly BatchToken[])[] => {
  const from = stage.decoder.batches.length;
  while (isGoing() && stage.step());
  return stage.decoder.batches.slice(from);
};

const writeAlong = (stage: Stand, count: number, isWhole = false) => {
  const answers = Array.from({ length: count }, (_, id) =>
    ask(stage, { id, prompt: promptOf(8, id), limit: 500, isWhole }),
  );
  while (answers.some(({ tokens }) => tokens.length < 8)) stage.step();
  return answers;
};

describe('scheduling', () => {
  it('computes a long prompt in small parts while answers are read along, a token of each in every step', () => {
    const stage = createStand({ ...ROOMY, slots: 8 });
    writeAlong(stage, 7);
    const long = ask(stage, { id: 99, prompt: promptOf(1000, 99), limit: 2 });
    const steps = batchesWhile(stage, () => long.tokens.length === 0);
    // Seven answers take 38 ms a step: three quarters of it buy eleven prompt tokens.
    expect(Math.max(...steps.map(promptTokens))).toBe(11);
    expect(steps.every((batch) => batch.filter(({ isSampled }) => isSampled).length >= 7)).toBe(true);
  });

  it('computes prompts in larger parts where more wait for them than read along', () => {
    const stage = createStand({ ...ROOMY, slots: 8 });
    writeAlong(stage, 1);
    const others = [91, 92, 93, 94].map((id) => ask(stage, { id, prompt: promptOf(400, id), limit: 2 }));
    const steps = batchesWhile(stage, () => others.every(({ tokens }) => tokens.length === 0));
    // 14 ms × ¾ × 4 = 42 ms.
    expect(steps.slice(1, 9).map(promptTokens)).toEqual(Array.from({ length: 8 }, () => 16));
  });

  it('completes a burst of short prompts in one step where few read along', () => {
    const stage = createStand({ ...ROOMY, slots: 8 });
    writeAlong(stage, 1);
    const others = [91, 92, 93, 94].map((id) => ask(stage, { id, prompt: promptOf(32, id), limit: 2 }));
    const steps = batchesWhile(stage, () => others.some(({ tokens }) => tokens.length === 0));
    // The first step knows no price yet; the last token of each is not counted, since the next is asked for.
    const parts = steps.map(promptTokens);
    expect([parts.length, parts.reduce((sum, part) => sum + part)]).toEqual([2, 4 * 31]);
  });

  it('computes prompts in large parts where nobody reads along, but not in one that holds up the next', () => {
    const stage = createStand({ ...ROOMY, slots: 8 });
    writeAlong(stage, 4, true);
    const long = ask(stage, { id: 99, prompt: promptOf(1000, 99), limit: 2 });
    const steps = batchesWhile(stage, () => long.tokens.length === 0);
    // 400 ms would be 160 tokens; the price is known a little too high at first.
    expect(steps.slice(0, 5).every((batch) => promptTokens(batch) >= 128 && promptTokens(batch) <= 160)).toBe(true);
  });

  it('lets no short prompt wait until a long one is computed', () => {
    const stage = createStand({ ...ROOMY, slots: 8 });
    writeAlong(stage, 2);
    const long = ask(stage, { id: 98, prompt: promptOf(2000, 98), limit: 2 });
    for (let count = 0; count < 5; count += 1) stage.step();
    const short = ask(stage, { id: 99, prompt: promptOf(24, 99), limit: 1 });
    const steps = batchesWhile(stage, () => short.end === 'running');
    expect([short.end, long.tokens.length]).toEqual(['length', 0]);
    expect(steps.length).toBeLessThanOrEqual(5);
  });

  it('shares a new beginning among sixteen: the first computes it, the others join it then', () => {
    const stage = createStand({ ...ROOMY, slots: 16, sequences: 128 });
    const shared = promptOf(1024);
    const answers = Array.from({ length: 16 }, (_, id) =>
      ask(stage, { id, prompt: [...shared, ...promptOf(64, id + 2)], limit: 4 }),
    );
    expect(stage.settle()).toBe(true);
    const computed = stage.decoder.batches.reduce((sum, batch) => sum + batch.length, 0);
    // Once the beginning, sixteen times the rest: 64 of the prompt and all but the last token of the answer.
    expect(computed).toBeLessThanOrEqual(1024 + 16 * (64 + 3) + 16 * 32);
    expect(answers.filter(({ cached }) => cached >= 1024 - 32)).toHaveLength(15);
    for (const [id, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(answerOf([...shared, ...promptOf(64, id + 2)], 4));
    }
  });

  it('shares what is computed of a prompt while the rest of it is not', () => {
    const stage = createStand({ ...ROOMY, slots: 2 });
    ask(stage, { id: 1, prompt: [...promptOf(200), ...promptOf(600, 2)], limit: 1 });
    while (stage.decoder.usedCells < 240) stage.step();
    const second = ask(stage, { id: 2, prompt: [...promptOf(200), 7, 8], limit: 1 });
    stage.step();
    expect(second.cached).toBe(200);
  });

  it('lets the higher priority have the next slot, and each key its share', () => {
    const stage = createStand({ ...ROOMY, slots: 1 });
    const ends: number[] = [];
    const send = (id: number, more: object) => {
      const sampler = stage.decoder.sampler();
      const free = (): void => {
        ends.push(id);
        sampler.free();
      };
      ask(stage, { id, prompt: promptOf(300, id), limit: 1, sampler: { ...sampler, free }, ...more });
    };
    for (let id = 0; id < 3; id += 1) send(id, { keyId: 'many' });
    send(3, { keyId: 'one' });
    send(4, { keyId: 'many', priority: 'high' });
    send(5, { keyId: 'many', priority: 'low' });
    stage.settle();
    expect(ends).toEqual([4, 0, 1, 3, 2, 5]);
  });

  it('preempts the youngest of the lowest priority when the pool is full', () => {
    const stage = createStand({ cells: 40, slots: 3, idleCells: 0 });
    const priorities = ['low', 'high', 'normal'] as const;
    const answers = priorities.map((priority, id) => ask(stage, { id, prompt: promptOf(6, id), limit: 20, priority }));
    const lengths = (): number[] => answers.map(({ tokens }) => tokens.length);
    while (answers.every(({ end }) => end === 'running')) stage.step();
    const [low = 0, high = 0, normal = 0] = lengths();
    expect([high === 20, low < normal]).toEqual([true, true]);
    stage.settle();
    for (const [id, { tokens }] of answers.entries()) expect(tokens).toEqual(answerOf(promptOf(6, id), 20));
    expect(stage.loop.takeSteps().preemptions).toBeGreaterThan(0);
  });

  it('refuses at once what cannot be in time by the pace of those before, and says why', () => {
    const stage = createStand({ ...ROOMY, slots: 1 });
    ask(stage, { id: 1, prompt: promptOf(100, 1), limit: 100 });
    stage.settle();
    const late = ask(stage, { id: 2, prompt: promptOf(400, 2), limit: 100, deadlineMs: 900 });
    const inTime = ask(stage, { id: 3, prompt: promptOf(400, 3), limit: 100, deadlineMs: 9000 });
    expect(late.end).toMatchObject({ code: 'ERR_ADMIT_DEADLINE', message: expect.stringMatching(/prompt 10\d\d,/) });
    stage.settle();
    expect(inTime.end).toBe('length');
  });

  it('counts those ahead into what it expects of the wait', () => {
    const stage = createStand({ ...ROOMY, slots: 1 });
    ask(stage, { id: 1, prompt: promptOf(10, 1), limit: 100 });
    stage.settle();
    for (let id = 10; id < 20; id += 1) ask(stage, { id, prompt: promptOf(10, id), limit: 100 });
    const normal = ask(stage, { id: 2, prompt: promptOf(10, 2), limit: 10, deadlineMs: 3000 });
    const high = ask(stage, { id: 3, prompt: promptOf(10, 3), limit: 10, deadlineMs: 3000, priority: 'high' });
    expect([normal.end, high.end]).toMatchObject([{ code: 'ERR_ADMIT_DEADLINE' }, 'running']);
  });

  it('ends what waits when its deadline has passed, and frees its sampler', () => {
    const stage = createStand({ slots: 1, cells: 128 });
    ask(stage, { id: 1, prompt: promptOf(4, 1), limit: 50 });
    stage.step();
    const sampler = stage.decoder.sampler();
    const late = ask(stage, { id: 2, prompt: promptOf(4, 2), limit: 50, deadlineMs: 100, sampler });
    stage.step();
    expect(late.end).toBe('running');
    stage.wait(101);
    stage.step();
    expect([late.end, sampler.isFree]).toMatchObject([{ code: 'ERR_ADMIT_DEADLINE' }, true]);
  });

  it('tells what its steps did, once', () => {
    const stage = createStand({ ...ROOMY, slots: 4, idleCells: 500 });
    const shared = promptOf(40);
    ask(stage, { id: 1, prompt: [...shared, 1], limit: 3 });
    stage.settle();
    ask(stage, { id: 2, prompt: [...shared, 2], limit: 3 });
    stage.settle();
    const { prefillMs, decodeMs, ...counts } = stage.loop.takeSteps();
    expect(counts).toEqual({
      ...{ count: 6, sequences: [1, 1, 1, 1, 1, 1], prefillTokens: 41, decodeTokens: 5 },
      ...{ cachedTokens: 40, missedTokens: 42, preemptions: 0, acceptedTokens: 0, rejectedTokens: 0 },
    });
    expect([prefillMs, decodeMs].every((ms) => ms > 0)).toBe(true);
    expect(stage.loop.takeSteps().count).toBe(0);
  });

  it('moves no cells and adds one token for each answer in a step that only writes, however many wait', () => {
    const movesWith = (waiting: number): number => {
      const stage = createStand({ ...ROOMY, slots: 4 });
      writeAlong(stage, 4);
      for (let id = 0; id < waiting; id += 1) ask(stage, { id: 100 + id, prompt: promptOf(50, 3), limit: 9 });
      const before = stage.decoder.moves;
      for (let count = 0; count < 50; count += 1) stage.step();
      expect(stage.decoder.batches.slice(-50).every((batch) => batch.length === 4)).toBe(true);
      return stage.decoder.moves - before;
    };
    expect([movesWith(100), movesWith(400)]).toEqual([0, 0]);
  });
});
