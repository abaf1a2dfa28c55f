import { expect, it } from 'vitest';
import { type ContainerEngine, carryOut } from './carry-out.ts';
import { advance, type DeployState, type Release, STEPS, type Step } from './machine.ts';

const OLD: Release = { version: '1.0.0', variant: 'cpu', config: 'a' };
const NEW: Release = { version: '2.0.0', variant: 'cpu', config: 'b' };

/** An engine in memory: what it runs, and at which step of which version it fails or is killed. */
const fakeEngine = (faults: Readonly<Record<string, 'fail' | 'crash'>> = {}) => {
  const abort = new AbortController();
  const log: string[] = [];
  let running: Release | undefined = OLD;
  const step = (name: Step) => async (release: Release) => {
    log.push(`${name} ${release.version}`);
    const fault = faults[`${name} ${release.version}`];
    if (fault === 'crash') abort.abort();
    if (fault !== undefined) throw new Error('as told');
    if (name === 'start') running = release;
  };
  const engine: ContainerEngine = {
    check: step('check'),
    pull: step('pull'),
    configure: step('configure'),
    start: step('start'),
    watch: step('watch'),
  };
  return { engine, log, signal: abort.signal, running: () => running };
};

const run = async (from: DeployState, fake: ReturnType<typeof fakeEngine>) => {
  let saved = from;
  const save = async (state: DeployState) => {
    saved = state;
  };
  const deps = { ...fake, save, say: () => undefined };
  const state = await carryOut(from, deps).catch(() => undefined);
  return { state, saved };
};

const wanted = advance({ current: OLD }, { kind: 'wanted', release: NEW });

it('rolls back a release that does not become healthy, while it says why', async () => {
  const fake = fakeEngine({ 'watch 2.0.0': 'fail' });
  const { state } = await run(wanted, fake);
  expect(state).toEqual({ current: OLD, failure: '2.0.0: watch: as told' });
  expect(fake.running()).toEqual(OLD);
  expect(fake.log.slice(-3)).toEqual(['configure 1.0.0', 'start 1.0.0', 'watch 1.0.0']);
});

it('does not touch what runs when an image cannot be pulled', async () => {
  const fake = fakeEngine({ 'pull 2.0.0': 'fail' });
  await run(wanted, fake);
  expect(fake.log).toEqual(['check 2.0.0', 'pull 2.0.0']);
});

it.each(STEPS)('is taken up after it was killed at %s', async (step) => {
  const { saved } = await run(wanted, fakeEngine({ [`${step} 2.0.0`]: 'crash' }));
  expect(saved.underWay).toMatchObject({ target: NEW, step });
  const { state } = await run(saved, fakeEngine());
  expect(state).toEqual({ current: NEW, previous: OLD });
});
