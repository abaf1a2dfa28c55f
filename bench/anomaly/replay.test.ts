import { describe, expect, it } from 'vitest';
import type { IncidentKind } from './incidents.ts';
import { replay } from './replay.ts';
import { scoreOf } from './score.ts';
import { IN_TIME_MINUTES } from './suite.ts';
import { createWorld } from './world.ts';

/** The rest depends on how many requests there are to tell it from; the evaluation prints how long that takes. */
const MUST_NOT_WAIT: readonly IncidentKind[] = [
  'new_error',
  'latency_drift',
  'sudden_silence',
  'retry_storm',
  'missing_data',
];

// Of seeds that were held out when the detector was made; `npm run bench -- anomaly` plays many more.
describe.for([201, 202, 203])('four generated weeks of a service, seed %i', (seed) => {
  it('raises every incident, those that must not wait within two intervals, and nothing else', () => {
    const world = createWorld(seed);
    const { met, falseAlarms } = scoreOf(replay(world), world.incidents);
    expect(met).toHaveLength(10);
    for (const { kind, delay } of met) {
      expect(delay, kind).toBeDefined();
      if (MUST_NOT_WAIT.includes(kind)) expect(delay, kind).toBeLessThanOrEqual(IN_TIME_MINUTES);
    }
    expect(falseAlarms).toEqual([]);
  });
});
