/** The latest measurements of one latency. */
export interface LatencyWindow {
  add(ms: number): void;
  /** Their median; `undefined` before the first. */
  median(): number | undefined;
}

const SIZE = 256;

/** Remembers a bounded number of measurements; sorting is left to the rare reader. */
export const createLatencyWindow = (size: number = SIZE): LatencyWindow => {
  const values: number[] = [];
  let next = 0;
  return {
    add(ms) {
      values[next] = ms;
      next = (next + 1) % size;
    },
    median() {
      const sorted = values.toSorted((a, b) => a - b);
      const upper = sorted[sorted.length >> 1];
      const lower = sorted[(sorted.length - 1) >> 1];
      return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
    },
  };
};
