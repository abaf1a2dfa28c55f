import { describe, expect, it } from 'vitest';
import { nextVictim, type Resident } from './next-victim.ts';

const NOW = 100_000;
const resident = (id: string, more: Partial<Resident> = {}): Resident => ({
  ...{ id, bytes: 100, phase: 'ready', isMovable: true, usedAt: 0, readyAt: 0 },
  ...more,
});
const ask = (residents: readonly Resident[], missingBytes = 50) =>
  nextVictim({ residents, missingBytes, minResidenceMs: 5000, now: NOW });

describe('nextVictim', () => {
  it('unloads the model that was used least recently', () => {
    const residents = [resident('a', { usedAt: 30 }), resident('b', { usedAt: 10 }), resident('c', { usedAt: 20 })];
    expect(ask(residents)).toEqual({ kind: 'unload', id: 'b' });
  });

  it('leaves pinned models, and those that are loaded always, where they are', () => {
    expect(ask([resident('a', { isMovable: false }), resident('b', { usedAt: 99 })])).toEqual({
      kind: 'unload',
      id: 'b',
    });
    expect(ask([resident('a', { isMovable: false })])).toEqual({ kind: 'none' });
  });

  it('unloads nobody for a model that would not fit even then', () => {
    expect(ask([resident('a'), resident('b'), resident('c', { isMovable: false })], 201)).toEqual({ kind: 'none' });
    expect(ask([resident('a', { bytes: 0 })])).toEqual({ kind: 'none' });
  });

  it('waits until the first of those that came a moment ago has been here long enough', () => {
    const residents = [resident('a', { readyAt: NOW - 1000 }), resident('b', { readyAt: NOW - 2000 })];
    expect(ask(residents)).toEqual({ kind: 'wait', for: 'b', untilMs: NOW + 3000 });
    expect(ask([...residents, resident('c', { usedAt: 99, readyAt: NOW - 5000 })])).toEqual({
      kind: 'unload',
      id: 'c',
    });
  });

  it('lets one finish leaving, or loading, before the next leaves', () => {
    const leaving = resident('b', { phase: 'leaving' });
    expect(ask([resident('a'), leaving])).toEqual({ kind: 'wait', for: 'b' });
    expect(ask([resident('a'), resident('c', { phase: 'loading', isMovable: false })])).toEqual({
      kind: 'wait',
      for: 'c',
    });
  });

  it('prefers a model that failed, however young', () => {
    const residents = [resident('a'), resident('b', { phase: 'failed', usedAt: NOW, readyAt: NOW })];
    expect(ask(residents)).toEqual({ kind: 'unload', id: 'b' });
  });
});
