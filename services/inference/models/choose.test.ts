import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { toCandidates } from './candidate.ts';
import { chooseForScenario, chooseModel } from './choose.ts';

const config = configSchema.parse({
  models: [
    { id: 'first', engine: 'scripted', parameters: 1e9 },
    { id: 'second', engine: 'scripted', parameters: 8e9, tags: ['medical'] },
  ],
  scenarios: {
    chat: { minParameters: 7e9 },
    medical: { minParameters: 20e9, tags: ['medical'] },
    impossible: { minParameters: 1e15 },
    lenient: { minParameters: 1e15, fallback: 'first' },
  },
});
const candidates = toCandidates(config.models, []);
const machine = () => ({ memoryBytes: 64e9 });

describe('chooseModel', () => {
  it('takes the named model before the scenario, and the first one without either', () => {
    expect(chooseModel({ model: 'first', scenario: 'chat' }, config, candidates)).toBe('first');
    expect(chooseModel({ scenario: 'chat' }, config, candidates)).toBe('second');
    expect(chooseModel({}, config, candidates)).toBe('first');
    expect(chooseModel({ scenario: 'lenient' }, config, candidates)).toBe('first');
  });

  it.each(['nonsense', 'constructor', '__proto__'])('lists what there is instead of %s', (name) => {
    const thrownBy = (act: () => unknown) => {
      try {
        act();
      } catch (error) {
        return error instanceof ServiceError ? error : undefined;
      }
      return undefined;
    };
    expect(thrownBy(() => chooseModel({ model: name }, config, candidates))).toMatchObject({
      code: 'ERR_MODELS_UNKNOWN',
      details: { known: ['first', 'second'] },
    });
    expect(thrownBy(() => chooseModel({ scenario: name }, config, candidates))).toMatchObject({
      code: 'ERR_MODELS_SCENARIO_UNKNOWN',
      details: { known: ['chat', 'medical', 'impossible', 'lenient'] },
    });
  });

  it('answers with the table and the catalogue model that would do', () => {
    const choose = () => chooseForScenario({ scenario: 'medical' }, config, candidates, machine);
    expect(choose).toThrowError(/clawdbot models add medgemma-27b-text-it/);
    expect(choose).toThrowError(
      expect.objectContaining({
        code: 'ERR_MODELS_NONE_FITS',
        details: expect.objectContaining({
          candidates: [
            expect.objectContaining({ model: 'first', passed: false }),
            expect.objectContaining({ model: 'second', passed: false }),
          ],
          suggestion: expect.objectContaining({ command: 'clawdbot models add medgemma-27b-text-it' }),
        }),
      }),
    );
  });

  it('says when the catalogue has nothing either', () => {
    expect(() => chooseForScenario({ scenario: 'impossible' }, config, candidates, machine)).toThrowError(
      expect.objectContaining({ details: expect.objectContaining({ suggestion: null }) }),
    );
    expect(() =>
      chooseForScenario({ scenario: 'medical' }, config, candidates, () => ({ memoryBytes: 4e9 })),
    ).toThrowError(/no model of the catalogue meets them on this machine/);
  });
});
