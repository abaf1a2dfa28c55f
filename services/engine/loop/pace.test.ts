import { describe, expect, it } from 'vitest';
import { createPace } from './pace.ts';

describe('createPace', () => {
  it('knows nothing before it was told', () => {
    const { promptMs, serviceMs, answerTokens, stepMs } = createPace();
    expect([promptMs, serviceMs, answerTokens, stepMs(4)]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('tells the price of a prompt token apart from that of the answers beside it', () => {
    const pace = createPace();
    pace.observe({ ms: 40, outputs: 8, promptTokens: 0 });
    pace.observe({ ms: 90, outputs: 8, promptTokens: 20 });
    expect([pace.stepMs(8), pace.promptMs]).toEqual([40, 2.5]);
  });

  it('learns nothing of prompts beside answers whose own price it does not know', () => {
    const pace = createPace();
    pace.observe({ ms: 90, outputs: 8, promptTokens: 20 });
    expect(pace.promptMs).toBeUndefined();
  });

  it('learns nothing of short prompts alone, for what a step costs in any case would count as theirs', () => {
    const pace = createPace();
    pace.observe({ ms: 30, outputs: 0, promptTokens: 8 });
    expect(pace.promptMs).toBeUndefined();
    pace.observe({ ms: 110, outputs: 0, promptTokens: 40 });
    expect(pace.promptMs).toBe(2.75);
  });

  it('guesses a step from the nearest it knows: dearer with more outputs, but not as many times', () => {
    const pace = createPace();
    pace.observe({ ms: 40, outputs: 4, promptTokens: 0 });
    expect([pace.stepMs(8), pace.stepMs(2)]).toEqual([60, 30]);
  });

  it('is not thrown off by one step that another process held up', () => {
    const pace = createPace();
    for (let step = 0; step < 50; step += 1) pace.observe({ ms: 10, outputs: 1, promptTokens: 0 });
    pace.observe({ ms: 5000, outputs: 1, promptTokens: 0 });
    expect(pace.stepMs(1)).toBeLessThanOrEqual(16);
  });

  it('remembers what an answer takes from its slot to its end', () => {
    const pace = createPace();
    pace.finish(1000, 50);
    pace.finish(2000, 100);
    expect([pace.serviceMs, pace.answerTokens]).toEqual([1200, 60]);
  });
});
