import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import { egressRows } from '../../../core/egress/implied.ts';
import { createPolicy, type EgressRow } from '../../../core/egress/policy.ts';
import { toCandidates } from './candidate.ts';
import { chooseForScenario, chooseModel } from './choose.ts';
import { createLeaving } from './leaving.ts';

const FAR = { id: 'far', engine: 'openai', parameters: 8e9, options: { baseUrl: 'https://gpu-box:8000/v1' } };
const HERE = { id: 'here', engine: 'scripted', parameters: 8e9 };
const row = (dataClass: EgressRow['dataClass']): EgressRow => ({
  host: 'gpu-box:8000',
  purpose: 'upstream',
  dataClass,
});

interface Given {
  readonly models?: readonly object[];
  readonly allow?: readonly EgressRow[];
  readonly scenarios?: object;
  readonly carries?: 'prompt' | 'redacted';
}

const open = ({ models = [FAR], allow = [row('prompt')], scenarios, carries = 'prompt' }: Given = {}) => {
  const config: Config = configSchema.parse({
    models,
    egress: { allow },
    ...(scenarios === undefined ? {} : { scenarios }),
  });
  const policy = createPolicy(egressRows(config, {}));
  const leaving = createLeaving({ config: () => config, policy, carries: () => carries });
  const candidates = (scenario: string) => toCandidates(config.models, [], (model) => leaving.refusal(model, scenario));
  const choose = (wish: { model?: string; scenario?: string }) => {
    const { scenario } = wish;
    const model = chooseModel(wish, config, scenario === undefined ? [] : candidates(scenario));
    leaving.check(model, scenario);
    return model;
  };
  return {
    choose,
    select: (scenario: string) => chooseForScenario({ scenario }, config, candidates(scenario)),
  };
};

const refused = (act: () => unknown, words: RegExp) =>
  expect(act).toThrowError(
    expect.objectContaining({ code: 'ERR_MODELS_EGRESS', message: expect.stringMatching(words) }),
  );

describe('inference on another machine', () => {
  it('needs a row for the host', () => {
    refused(() => open({ allow: [] }).choose({ model: 'far' }), /no row of egress\.allow lets data of class prompt/);
    expect(open().choose({ model: 'far' })).toBe('far');
    expect(open().choose({})).toBe('far');
  });

  it('gets text as it is only where the row says so, and redacted text only where redaction ran', () => {
    refused(() => open({ allow: [row('redacted')] }).choose({ model: 'far' }), /class prompt/);
    expect(open({ allow: [row('redacted')], carries: 'redacted' }).choose({ model: 'far' })).toBe('far');
    refused(() => open({ allow: [row('metadata')], carries: 'redacted' }).choose({ model: 'far' }), /class redacted/);
  });

  it.each(['medical', 'finance'])('never serves scenario %s as it is shipped, by name or by choice', (scenario) => {
    const service = open({ models: [{ ...FAR, parameters: 70e9, tags: ['medical'] }] });
    refused(() => service.choose({ scenario }), new RegExp(`scenario ${scenario} may not leave`));
    refused(() => service.choose({ model: 'far', scenario }), new RegExp(`scenarios\\.${scenario}\\.egress: true`));
  });

  it('serves a scenario that permits it', () => {
    expect(open().choose({ scenario: 'chat', model: 'far' })).toBe('far');
    expect(open({ scenarios: { medical: { egress: true } } }).choose({ scenario: 'medical' })).toBe('far');
    refused(() => open({ scenarios: { mine: {} } }).choose({ scenario: 'mine' }), /scenario mine/);
  });

  it('is not reached through the fallback of a scenario', () => {
    const scenarios = { strict: { minParameters: 1e15, fallback: 'far' } };
    refused(() => open({ scenarios }).choose({ scenario: 'strict' }), /scenario strict/);
  });

  it('is not reached by naming a scenario that does not exist, or one every object has', () => {
    for (const scenario of ['unknown', 'constructor', '__proto__'])
      refused(() => open().choose({ model: 'far', scenario }), /may not leave/);
  });

  it('never tells a client which host it is', () => {
    const thrown = () => open({ allow: [] }).choose({ model: 'far' });
    expect(thrown).toThrowError(expect.objectContaining({ message: expect.not.stringContaining('gpu-box') }));
  });

  it('leaves the choice to a model here, and says why not the other', () => {
    const service = open({ models: [FAR, HERE], scenarios: { mine: {} } });
    expect(service.choose({ scenario: 'mine' })).toBe('here');
    const { candidates } = service.select('mine');
    expect(candidates[0]?.checks).toContainEqual(
      expect.objectContaining({ constraint: 'egress', passed: false, note: expect.stringContaining('may not leave') }),
    );
  });

  it('needs nothing where the upstream is on this very machine', () => {
    const models = [{ ...FAR, options: { baseUrl: 'http://127.0.0.1:8000/v1' } }];
    expect(open({ models, allow: [], scenarios: { medical: {} } }).choose({ scenario: 'medical' })).toBe('far');
  });
});
