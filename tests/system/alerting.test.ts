import { beforeEach, describe, it } from 'vitest';
import { DRILLS } from '../../cli/drills/catalogue/catalogue.ts';
import { runDrill } from '../../cli/drills/measure.ts';
import { PROFILES } from '../../cli/drills/profile.ts';
import type { DrillResult } from '../../cli/drills/result.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';

beforeEach(({ skip }) => {
  for (const program of ['prometheus', 'alertmanager'] as const) {
    if (debianProgram(program) === undefined) skip(missingProgram(program));
  }
});

/** On a service of its own, with a real Prometheus, a real Alertmanager, a mail server and two providers of SMS. */
const run = async (name: string): Promise<DrillResult> => {
  const drill = DRILLS.find((each) => each.name === name);
  if (drill === undefined) throw new Error(`there is no drill ${name}`);
  return runDrill(drill, { profile: PROFILES.fast, signal: AbortSignal.timeout(600_000), say: () => undefined });
};

/**
 * Each drill checks by itself that everybody was told, again when it was over, and that nothing else fired. Side by side:
 * each has a service of its own, and most of the time all of them wait.
 */
describe.concurrent('the three tiers, end to end', () => {
  it('a hot accelerator sends an e-mail, and another one when it has cooled down', async ({ expect }) => {
    expect(await run('gpu-hot')).toMatchObject({ problems: [], outcome: 'passed' });
  });

  it('time-outs start a second engine, which is stopped again when all is well', async ({ expect }) => {
    expect(await run('engine-slow')).toMatchObject({ problems: [], outcome: 'passed' });
  });

  it('an outage is told by SMS and to the breaker, which closes when the gateway is back', async ({ expect }) => {
    expect(await run('gateway-killed')).toMatchObject({ problems: [], outcome: 'passed' });
  });
});
