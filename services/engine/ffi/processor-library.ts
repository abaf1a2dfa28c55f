import { join } from 'node:path';
import type { Libraries } from './libraries.ts';

/** Values that attention takes in one step; what is left of a head is done one by one (`GGML_F16_STEP`, simd-mappings.h). */
const STEP = { avx512: 64, avx2: 32 } as const;

/** The variants with AVX2 and without AVX-512, the better first. */
const AVX2_VARIANTS = ['libggml-cpu-alderlake.so', 'libggml-cpu-haswell.so'] as const;

/**
 * The variant of the CPU back-end to load instead of the one ggml would pick; `undefined` where ggml's own is the best.
 * With AVX-512 a head of 48 values is computed value by value, with AVX2 two thirds of it are not; a head of 64 or 80
 * leaves the same rest to both, and the wider registers win everything else.
 */
export const processorLibrary = (
  { backend, folder }: Pick<Libraries, 'backend' | 'folder'>,
  headLength: number | undefined,
  scoreOf: (file: string) => number,
): string | undefined => {
  if (backend !== 'cpu' || headLength === undefined) return undefined;
  if (headLength % STEP.avx2 >= headLength % STEP.avx512) return undefined;
  return AVX2_VARIANTS.map((name) => join(folder, name)).find((file) => runs(file, scoreOf));
};

/** Packages of other processors have no such variant. */
const runs = (file: string, scoreOf: (file: string) => number): boolean => {
  try {
    return scoreOf(file) > 0;
  } catch {
    return false;
  }
};
