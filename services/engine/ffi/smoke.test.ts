import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readFacts } from './facts.ts';
import { findMismatches, findWrongLogits } from './guard.ts';
import { findLibraries } from './libraries.ts';
import { openNative } from './native.ts';
import { smokeDecode } from './smoke.ts';
import { SMOKE_MODEL, writeSmokeModel } from './write-smoke-model.ts';

const libraries = findLibraries(['cpu', 'metal']);

describe('the libraries of node-llama-cpp', () => {
  it.runIf(libraries !== undefined)('are the build that the tables describe', () => {
    if (libraries === undefined) return;
    const native = openNative(libraries);
    expect(findMismatches(readFacts(libraries, native))).toEqual([]);
    expect(findWrongLogits(smokeDecode(native))).toEqual([]);
  });
});

describe('smoke.gguf', () => {
  it('is what its script writes', () => {
    expect(readFileSync(SMOKE_MODEL).equals(writeSmokeModel())).toBe(true);
  });
});
