import { describe, expect, it } from 'vitest';
import { configSchema, EMBEDDED_MODEL } from '../../../../core/config/schema.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';
import { bitsPerWeightOf, brokenConstraints, fitsHere, suggestFor } from './fit.ts';

const { scenarios } = configSchema.parse({});
const scenarioOf = (name: string) => {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new TypeError(`no scenario ${name} is shipped`);
  return scenario;
};
const entryOf = (id: string): CatalogueEntry => {
  const entry = CATALOGUE.find((candidate) => candidate.id === id);
  if (entry === undefined) throw new TypeError(`no ${id} in the catalogue`);
  return entry;
};
const MACHINE = { memoryBytes: 64e9 };

describe('catalogue', () => {
  it('is made of entries the configuration accepts, each under its own id', () => {
    const models = CATALOGUE.map(({ id, sources, tags }) => ({ id, sources, tags }));
    expect(() => configSchema.parse({ models })).not.toThrow();
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
  });

  it('names a source and a hash for every fact', () => {
    for (const entry of CATALOGUE) {
      expect(entry.source).toMatch(/^https:\/\/huggingface\.co\/[^/]+\/[^/]+$/);
      expect(entry.sources.length).toBeGreaterThan(0);
      for (const { sha256 } of entry.sources) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bitsPerWeightOf(entry)).toBeGreaterThan(3);
      expect(bitsPerWeightOf(entry)).toBeLessThan(9);
    }
  });

  it('has the embedded model as the configuration has it, and claims no other as tried', () => {
    const tried = CATALOGUE.filter((entry) => entry.tried === 'yes');
    expect(tried).toMatchObject([{ id: EMBEDDED_MODEL.id, sources: EMBEDDED_MODEL.sources }]);
  });

  it.each(['chat', 'medical', 'iot'])('has a model for the shipped scenario %s', (name) => {
    expect(suggestFor(scenarioOf(name), MACHINE).length).toBeGreaterThan(0);
  });
});

describe('fitsHere', () => {
  it('asks for more memory than the file has bytes, and for room on disk', () => {
    const entry = entryOf('qwen3.5-9b');
    expect(fitsHere(entry, MACHINE)).toMatchObject({ fits: true });
    expect(fitsHere(entry, MACHINE).neededBytes).toBeGreaterThan(entry.fileBytes);
    expect(fitsHere(entry, { memoryBytes: 4e9 })).toMatchObject({ fits: false, reason: 'memory' });
    expect(fitsHere(entry, { memoryBytes: 4e9, vramBytes: 24e9 })).toMatchObject({ fits: true });
    expect(fitsHere(entry, { ...MACHINE, diskBytes: 1e9 })).toMatchObject({ fits: false, reason: 'disk' });
  });
});

describe('suggestFor', () => {
  it('puts the quickest first where latency counts, and the largest otherwise', () => {
    const parameters = (name: string) => suggestFor(scenarioOf(name), MACHINE).map((entry) => entry.parameters);
    expect(parameters('chat')).toEqual(parameters('chat').toSorted((a, b) => a - b));
    expect(parameters('iot')).toEqual(parameters('iot').toSorted((a, b) => b - a));
  });

  it('leaves out what does not fit', () => {
    expect(suggestFor(scenarioOf('chat'), { memoryBytes: 2e9 })).toEqual([]);
  });
});

describe('brokenConstraints', () => {
  it('names each', () => {
    const wanted = { ...scenarioOf('iot'), maxParameters: 1e9, minContext: 1e9, tags: ['x'] };
    expect(brokenConstraints(entryOf('smollm2-135m-instruct'), wanted)).toEqual([
      'minParameters',
      'maxBitsPerWeight',
      'minContext',
      'tags',
    ]);
  });
});
