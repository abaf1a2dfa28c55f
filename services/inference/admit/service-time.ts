/** Mean time a request holds its slot, recent ones weighing most; from it comes every `Retry-After`. */
export interface ServiceTime {
  add(ms: number): void;
  /** Seconds until `ahead` requests have passed through `slots` slots; at least 1, at most 60. */
  retryAfterSeconds(ahead: number, slots: number): number;
}

const WEIGHT = 0.1;
const MIN_SECONDS = 1;
const MAX_SECONDS = 60;

/** Knows nothing at first and then advises the shortest wait. */
export const createServiceTime = (): ServiceTime => {
  let meanMs: number | undefined;
  return {
    add(ms) {
      meanMs = meanMs === undefined ? ms : meanMs + WEIGHT * (ms - meanMs);
    },
    retryAfterSeconds(ahead, slots) {
      const seconds = Math.ceil(((meanMs ?? 0) * ahead) / slots / 1000);
      return Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, seconds));
    },
  };
};
