import { describe, expect, it } from 'vitest';
import { configSchema, type ScenarioConfig } from '../../../core/config/schema.ts';
import { type Candidate, toCandidates } from './candidate.ts';
import type { ModelFacts } from './facts.ts';
import { selectModel } from './select.ts';

const scenario = (constraints: object): ScenarioConfig => {
  const parsed = configSchema.parse({ scenarios: { s: constraints } }).scenarios.s;
  if (parsed === undefined) throw new TypeError('one scenario was given');
  return parsed;
};

const candidate = (id: string, facts: Partial<ModelFacts> = {}, rest: Partial<Candidate> = {}): Candidate => ({
  facts: { id, engine: 'scripted', tags: [], files: [], ...facts },
  state: 'ready',
  ...rest,
});

describe('selectModel', () => {
  it('says for every candidate which constraint passed or failed, with both values', () => {
    const candidates = [
      candidate('small', { parameters: 1e9, bitsPerWeight: 4.5, tags: ['chat'] }, { firstTokenMs: 80 }),
      candidate('large', { parameters: 8e9, bitsPerWeight: 8.5, tags: ['chat'] }, { firstTokenMs: 900 }),
    ];
    const wanted = scenario({ minParameters: 7e9, maxBitsPerWeight: 4.9, maxFirstTokenMs: 500, tags: ['chat'] });
    expect(selectModel('s', wanted, candidates)).toEqual({
      scenario: 's',
      fallback: false,
      candidates: [
        {
          model: 'small',
          state: 'ready',
          passed: false,
          checks: [
            { constraint: 'minParameters', required: 7e9, actual: 1e9, passed: false },
            { constraint: 'maxBitsPerWeight', required: 4.9, actual: 4.5, passed: true },
            { constraint: 'maxFirstTokenMs', required: 500, actual: 80, passed: true },
            { constraint: 'tags', required: ['chat'], actual: ['chat'], passed: true },
          ],
        },
        {
          model: 'large',
          state: 'ready',
          passed: false,
          checks: [
            { constraint: 'minParameters', required: 7e9, actual: 8e9, passed: true },
            { constraint: 'maxBitsPerWeight', required: 4.9, actual: 8.5, passed: false },
            { constraint: 'maxFirstTokenMs', required: 500, actual: 900, passed: false },
            { constraint: 'tags', required: ['chat'], actual: ['chat'], passed: true },
          ],
        },
      ],
    });
  });

  it('keeps what is not known apart from what fails', () => {
    const selection = selectModel('s', scenario({ minParameters: 1 }), [candidate('far')]);
    expect(selection.candidates[0]?.checks).toEqual([
      { constraint: 'minParameters', required: 1, actual: null, passed: false, note: 'not known' },
    ]);
  });

  it('takes a ready model on trial whose latency nobody has measured, and no other', () => {
    const wanted = scenario({ maxFirstTokenMs: 500 });
    expect(selectModel('s', wanted, [candidate('ready')])).toMatchObject({
      model: 'ready',
      candidates: [{ checks: [{ actual: null, passed: true, note: expect.stringContaining('on trial') }] }],
    });
    expect(selectModel('s', wanted, [candidate('cold', {}, { state: 'absent' })])).toMatchObject({
      candidates: [{ passed: false, checks: [{ actual: null, note: 'not measured yet' }] }],
    });
  });

  it.each<readonly [string, readonly Candidate[]]>([
    [
      'ready before cold',
      [candidate('a', { parameters: 9e9 }, { state: 'absent' }), candidate('b', { parameters: 1e9 })],
    ],
    ['loading before failed', [candidate('a', {}, { state: 'failed' }), candidate('b', {}, { state: 'loading' })]],
    ['more parameters', [candidate('a', { parameters: 1e9 }), candidate('b', { parameters: 2e9 })]],
    ['lower latency', [candidate('a', {}, { firstTokenMs: 50 }), candidate('b', {}, { firstTokenMs: 20 })]],
  ])('prefers %s', (_, candidates) => {
    expect(selectModel('s', scenario({}), candidates).model).toBe('b');
  });

  it('prefers a measured latency to one on trial, then the order of the configuration', () => {
    const wanted = scenario({ maxFirstTokenMs: 500 });
    const trial = candidate('trial', { parameters: 9e9 });
    const measured = candidate('measured', { parameters: 1e9 }, { firstTokenMs: 10 });
    expect(selectModel('s', wanted, [trial, measured]).model).toBe('measured');
    expect(selectModel('s', scenario({}), [candidate('first'), candidate('second')]).model).toBe('first');
  });

  it('takes the loaded context over the trained one', () => {
    const loaded = candidate('m', { trainedContext: 8192 }, { context: 2048 });
    expect(selectModel('s', scenario({ minContext: 4096 }), [loaded]).candidates[0]?.checks).toEqual([
      { constraint: 'minContext', required: 4096, actual: 2048, passed: false },
    ]);
  });

  it('refuses a model that does not fit into memory, unless it is loaded already', () => {
    const cold = candidate('cold', {}, { state: 'absent', fitsMemory: false });
    expect(selectModel('s', scenario({}), [cold]).model).toBeUndefined();
    expect(selectModel('s', scenario({}), [{ ...cold, state: 'ready' }]).model).toBe('cold');
  });

  it('falls back to the model the scenario names, and says so', () => {
    const wanted = scenario({ minParameters: 7e9, fallback: 'small' });
    const small = candidate('small', { parameters: 1e9 });
    expect(selectModel('s', wanted, [small])).toMatchObject({ model: 'small', fallback: true });
    expect(selectModel('s', wanted, [candidate('other')]).model).toBeUndefined();
  });
});

describe('toCandidates', () => {
  it('knows configured models before the pool has said anything', () => {
    const { models } = configSchema.parse({ models: [{ id: 'far', engine: 'openai', parameters: 8e9 }] });
    expect(toCandidates(models, [])).toEqual([
      { facts: { id: 'far', engine: 'openai', tags: [], files: [], parameters: 8e9 }, state: 'absent' },
    ]);
    const facts: ModelFacts = { id: 'far', engine: 'openai', tags: [], files: [], parameters: 9e9 };
    const status = { id: 'far', state: 'ready', facts, loaded: { context: 4096 }, firstTokenMsP50: 42 } as const;
    expect(toCandidates(models, [status])).toEqual([{ facts, state: 'ready', context: 4096, firstTokenMs: 42 }]);
  });
});
