/** Fifths: the first two are warm-up of caches and pools as much as anything else. */
const PARTS = 5;
/** What a heap breathes in and out. */
const BREATH_BYTES = 16 * 2 ** 20;

/** Fewer requests than these are all warm-up. */
export const JUDGED_REQUESTS = 20_000;

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Medians of the memory by fifth of a run. */
export const memoryByPart = (samples: readonly number[]): readonly number[] => {
  const size = Math.ceil(samples.length / PARTS);
  return Array.from({ length: PARTS }, (_, part) => medianOf(samples.slice(part * size, (part + 1) * size)));
};

/**
 * True where the last two fifths of a run added as much as the first ones: what is kept per request grows without end,
 * what is warmed up stops.
 */
export const isGrowing = (samples: readonly number[]): boolean => {
  const [first = 0, , middle = 0, , last = 0] = memoryByPart(samples);
  return last - middle > Math.max((middle - first) / 2, BREATH_BYTES);
};
