import { describe, expect, it } from 'vitest';
import { ask, NEVER, read, scripted, startHarness } from './harness.ts';

describe('a model that the plan made smaller', () => {
  it('runs with the settings of the plan, and says so', async () => {
    const plan = { context: 512, kvTokens: 1024, slots: 3, options: { reply: 'smaller' }, adjustment: 'slots: 3' };
    const harness = startHarness({ models: [scripted('m', { reply: 'as configured' })], supply: { plan: () => plan } });
    try {
      await harness.ready('m');
      expect(harness.status('m').adjustment).toBe('slots: 3');
      expect(harness.status('m').loaded?.slots).toBe(3);
      expect(harness.events).toContainEqual({ type: 'model.adjusted', model: 'm', adjustment: 'slots: 3' });
      expect(await read(harness.route.generate('m', ask('Hello'), NEVER))).toMatchObject({ text: 'smaller' });
    } finally {
      await harness.route.stop();
    }
  });
});
