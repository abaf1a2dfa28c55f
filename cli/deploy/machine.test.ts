import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, type DeployState, type Happening, type Release, STEPS } from './machine.ts';

const release = (version: string): Release => ({ version, variant: 'cpu', config: `of-${version}` });
const OLD = release('1.0.0');
const NEW = release('2.0.0');
const RUNNING: DeployState = { current: OLD };

const play = (state: DeployState, ...happenings: readonly Happening[]): DeployState =>
  happenings.reduce((before, happening) => advance(before, happening), state);
const done = (count: number): Happening[] => Array.from({ length: count }, () => ({ kind: 'done' }));
const wanted = (one: Release): Happening => ({ kind: 'wanted', release: one });
const failed: Happening = { kind: 'failed', reason: 'no' };

it('takes every step in order, and remembers what ran before', () => {
  const seen: (string | undefined)[] = [];
  let state = advance(RUNNING, wanted(NEW));
  for (; state.underWay !== undefined; state = advance(state, { kind: 'done' })) seen.push(state.underWay.step);
  expect(seen).toEqual(STEPS);
  expect(state).toEqual({ current: NEW, previous: OLD });
});

it('changes nothing when what is wanted runs', () => expect(advance(RUNNING, wanted(OLD))).toBe(RUNNING));

it('deploys again when only the configuration differs', () =>
  expect(advance(RUNNING, wanted({ ...OLD, config: 'other' })).underWay?.step).toBe('check'));

describe.each(['check', 'pull', 'configure'] as const)('a failure of %s', (step) => {
  it('leaves alone what runs', () => {
    const state = play(RUNNING, wanted(NEW), ...done(STEPS.indexOf(step)), failed);
    expect(state).toEqual({ current: OLD, failure: `2.0.0: ${step}: no` });
  });
});

describe.each(['start', 'watch'] as const)('a failure of %s', (step) => {
  it('brings back what ran, with its configuration', () => {
    const state = play(RUNNING, wanted(NEW), ...done(STEPS.indexOf(step)), failed);
    expect(state.underWay).toEqual({ target: OLD, step: 'configure', isRollback: true });
    expect(play(state, ...done(3))).toEqual({ current: OLD, failure: `2.0.0: ${step}: no` });
  });

  it('gives up at the first release, of which there is none before', () =>
    expect(play({}, wanted(NEW), ...done(STEPS.indexOf(step)), failed)).toEqual({ failure: `2.0.0: ${step}: no` }));
});

it('does not go round in circles when what ran cannot be brought back', () => {
  const state = play(RUNNING, wanted(NEW), ...done(4), failed, failed);
  expect(state.underWay).toBeUndefined();
  expect(state.failure).toBe('1.0.0: configure: no');
});

it('goes back to the release before, and forward again', () => {
  const state = play({ current: NEW, previous: OLD }, { kind: 'unwanted' }, ...done(STEPS.length));
  expect(state).toEqual({ current: OLD, previous: NEW });
  expect(advance(RUNNING, { kind: 'unwanted' }).failure).toContain('no release before');
});

it('comes to an end whatever happens, and never forgets what ran', () => {
  const happening = fc.constantFrom<Happening>({ kind: 'done' }, failed);
  fc.assert(
    fc.property(fc.array(happening, { minLength: 12, maxLength: 20 }), (happenings) => {
      const state = play(RUNNING, wanted(NEW), ...happenings);
      expect(state.underWay).toBeUndefined();
      expect([OLD, NEW]).toContainEqual(state.current);
    }),
  );
});
