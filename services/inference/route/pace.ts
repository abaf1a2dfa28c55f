/** How fast a replica has lately been, in milliseconds per token. */
export interface Pace {
  add(durationMs: number, tokens: number, now: number): void;
  /** `undefined` before the first request, and when the last one was too long ago to say anything. */
  recent(now: number): number | undefined;
}

const WEIGHT = 0.2;
/** A replica that was slow once would otherwise get nothing to show that it no longer is. */
const MEMORY_MS = 30_000;

/** A moving mean over requests; per token, because answers differ in length far more than replicas in speed. */
export const createPace = (): Pace => {
  let meanMs: number | undefined;
  let notedAt = 0;
  const recent = (now: number) => (now - notedAt > MEMORY_MS ? undefined : meanMs);
  return {
    add(durationMs, tokens, now) {
      const ms = durationMs / (tokens + 1); // the prompt costs something even where the answer is empty
      const before = recent(now);
      meanMs = before === undefined ? ms : before + WEIGHT * (ms - before);
      notedAt = now;
    },
    recent,
  };
};
