import { describe, expect, it } from 'vitest';
import { describeHealth } from './status.ts';

describe('describeHealth', () => {
  it('gives each part a line with its facts', () => {
    const components = { gateway: { status: 'ok', version: '1.0.0' } };
    expect(describeHealth('https://here', { status: 'ok', ready: true, components }).split('\n')).toEqual([
      'ready  https://here',
      '  gateway      ok         version=1.0.0',
    ]);
  });

  it('has a line of its own for a model that runs on a slower engine', () => {
    const components = { 'model m': { status: 'ready', replicas: 1, fallBack: 'libraries of another build' } };
    expect(describeHealth('https://here', { status: 'ok', ready: true, components }).split('\n')).toEqual([
      'ready  https://here',
      '  model m      ready      replicas=1',
      '    runs on a slower engine than the one asked for: libraries of another build',
    ]);
  });
});
