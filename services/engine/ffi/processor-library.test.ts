import { describe, expect, it } from 'vitest';
import { findLibraries } from './libraries.ts';
import { openNative } from './native.ts';
import { processorLibrary } from './processor-library.ts';
import { smokeDecode } from './smoke.ts';

const LIBRARIES = { backend: 'cpu', folder: 'bins' } as const;
const HASWELL = 'bins/libggml-cpu-haswell.so';
const scores = (known: Readonly<Record<string, number>>) => (file: string) => {
  const score = known[file];
  if (score === undefined) throw new Error('cannot open shared object file');
  return score;
};

describe('processorLibrary', () => {
  it.each([48, 96, 32, 160])('takes AVX2 for heads of %i values, of which AVX-512 leaves more over', (headLength) =>
    expect(processorLibrary(LIBRARIES, headLength, scores({ [HASWELL]: 64 }))).toBe(HASWELL),
  );

  it.each([64, 80, 128, 256, 16, 72, undefined])('leaves heads of %s values to ggml', (headLength) =>
    expect(processorLibrary(LIBRARIES, headLength, scores({ [HASWELL]: 64 }))).toBeUndefined(),
  );

  it('takes the better one that runs here', () => {
    const better = 'bins/libggml-cpu-alderlake.so';
    expect(processorLibrary(LIBRARIES, 48, scores({ [HASWELL]: 64, [better]: 128 }))).toBe(better);
    expect(processorLibrary(LIBRARIES, 48, scores({ [HASWELL]: 64, [better]: 0 }))).toBe(HASWELL);
  });

  it('leaves it to ggml where none runs or none is there', () => {
    expect(processorLibrary(LIBRARIES, 48, scores({ [HASWELL]: 0 }))).toBeUndefined();
    expect(processorLibrary(LIBRARIES, 48, scores({}))).toBeUndefined();
    expect(processorLibrary({ ...LIBRARIES, backend: 'cuda' }, 48, scores({ [HASWELL]: 64 }))).toBeUndefined();
  });
});

it('computes with the variant chosen for heads of 48 values', () => {
  const libraries = findLibraries(['cpu', 'metal']);
  if (libraries === undefined) throw new Error('no libraries are installed');
  expect(smokeDecode(openNative(libraries, 48))).toBeDefined();
});
