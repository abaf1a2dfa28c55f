import { describe, expect, it } from 'vitest';
import type { Generation } from './generation.ts';
import { createStepLoop } from './step-loop.ts';

/** A generation of so many steps that notes what happens to it. */
const pretend = (id: number, place: number, steps: number, diary: string[]): Generation & { cleaned: () => void } => {
  const cleaning = Promise.withResolvers<void>();
  let left = steps;
  return {
    id,
    place,
    promptLeft: 0,
    step: async () => {
      diary.push(`step ${id}`);
      left -= 1;
      return left > 0;
    },
    end: async () => {
      diary.push(`clean ${id}`);
      await cleaning.promise;
    },
    cleaned: cleaning.resolve,
  };
};

const setUp = () => {
  const diary: string[] = [];
  const ended = Promise.withResolvers<void>();
  let onTurn = () => {};
  const loop = createStepLoop({
    batchSize: 512,
    turn: () => {
      diary.push('turn');
      onTurn();
    },
    onEnd: ({ id }) => {
      diary.push(`free ${id}`);
      ended.resolve();
    },
    onFailure: (error) => ended.reject(error),
  });
  const whenTurned = (act: () => void) => {
    onTurn = () => {
      onTurn = () => {};
      act();
    };
  };
  return { loop, diary, ended: ended.promise, whenTurned };
};

describe('createStepLoop', () => {
  it('lets all take each step together, in the order of their sequences', async () => {
    const { loop, diary, whenTurned } = setUp();
    const [late, early] = [pretend(1, 1, 3, diary), pretend(2, 0, 2, diary)];
    for (const generation of [late, early]) generation.cleaned();
    loop.add(late);
    whenTurned(() => loop.add(early));
    while (!diary.includes('free 1')) await new Promise((resolve) => setImmediate(resolve));
    const steps = diary.filter((entry) => entry.startsWith('step') || entry === 'turn');
    expect(steps).toEqual(['step 1', 'turn', 'step 2', 'step 1', 'turn', 'step 2', 'step 1', 'turn']);
  });

  it('ends a cancelled one after the step that runs', async () => {
    const { loop, diary, ended, whenTurned } = setUp();
    const endless = pretend(1, 0, Number.POSITIVE_INFINITY, diary);
    endless.cleaned();
    whenTurned(() => expect(loop.cancel(1)).toBe(true));
    loop.add(endless);
    await ended;
    expect(diary).toEqual(['step 1', 'turn', 'clean 1', 'free 1']);
  });

  it('gives a slot away only when its sequence is clean, also when a cancel comes meanwhile', async () => {
    const { loop, diary, ended } = setUp();
    const generation = pretend(1, 0, 1, diary);
    loop.add(generation);
    while (!diary.includes('clean 1')) await new Promise((resolve) => setImmediate(resolve));
    expect(loop.cancel(1)).toBe(true);
    expect(diary).not.toContain('free 1');
    generation.cleaned();
    await ended;
    expect(loop.cancel(1)).toBe(false);
    expect(diary.filter((entry) => entry === 'free 1')).toHaveLength(1);
  });

  it('starts again after it had nothing to do', async () => {
    const { loop, diary } = setUp();
    for (const id of [1, 2]) {
      const generation = pretend(id, 0, 1, diary);
      generation.cleaned();
      loop.add(generation);
      while (!diary.includes(`free ${id}`)) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(diary.filter((entry) => entry === 'turn')).toHaveLength(2);
  });
});
