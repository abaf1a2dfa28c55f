/** Chooses how many threads compute the next step. */
export interface ThreadTuner {
  /** For a step of so many tokens. */
  choose(tokens: number): number;
  /** What a step took that was computed as chosen last. */
  observe(stepMs: number): void;
}

/** A step that takes so many times the usual means that threads wait for a processor somebody else has. */
const SUSPICIOUS = 2.5;
/** How much a new measurement counts against those before it. */
const NEW_WEIGHT = 0.3;
/** When to try again what was slower; doubles with every try that was in vain. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

interface Arm {
  readonly threads: number;
  /** `undefined`: not tried yet. */
  usualMs: number | undefined;
}

/** What is known of steps of one size. */
interface Size {
  readonly arms: readonly Arm[];
  bestMs: number;
  current: Arm;
  retryAt: number;
  retryMs: number;
  /** Until then slow steps are taken as they are. */
  quietUntil: number;
}

/**
 * Threads of one step wait for each other some hundred times by spinning. With a processor for each that is fastest;
 * where another process keeps one busy, each wait lasts until the scheduler comes round, and a step takes twenty times as
 * long as with fewer threads. So fewer are tried when steps become slow, and more again from time to time.
 */
export const createThreadTuner = (limit: number, now: () => number): ThreadTuner => {
  const sizes = new Map<number, Size>();
  let last: { readonly size: Size; readonly arm: Arm } | undefined;

  const sizeOf = (tokens: number): Size => {
    // Steps of about the same size take about the same time.
    const key = Math.ceil(Math.log2(Math.max(1, tokens)));
    const known = sizes.get(key) ?? createSize(limit, now());
    sizes.set(key, known);
    return known;
  };

  return {
    choose(tokens) {
      const size = sizeOf(tokens);
      const arm = now() >= size.retryAt ? nextTry(size) : size.current;
      last = { size, arm };
      return arm.threads;
    },
    observe(stepMs) {
      if (last === undefined) return;
      const { size, arm } = last;
      const isTry = arm !== size.current;
      arm.usualMs = arm.usualMs === undefined || isTry ? stepMs : arm.usualMs + (stepMs - arm.usualMs) * NEW_WEIGHT;
      if (isTry) judge(size, arm, now());
      else if (isSuspicious(size, stepMs, now())) size.retryAt = now();
      size.bestMs = Math.min(size.bestMs, stepMs);
    },
  };
};

/** Slow steps lead to a try at once, but not one after another where the last one was in vain. */
const isSuspicious = (size: Size, stepMs: number, now: number): boolean => {
  if (size.arms.length < 2 || stepMs <= size.bestMs * SUSPICIOUS || now < size.quietUntil) return false;
  size.quietUntil = now + size.retryMs;
  return true;
};

const createSize = (limit: number, startedAt: number): Size => {
  const most: Arm = { threads: limit, usualMs: undefined };
  const arms = [most];
  for (let threads = Math.floor(limit / 2); threads >= 1; threads = Math.floor(threads / 2)) {
    arms.push({ threads, usualMs: undefined });
  }
  const never = Number.POSITIVE_INFINITY;
  // One early try even when no step seems slow: the machine may have been busy from the start.
  const retryAt = arms.length > 1 ? startedAt + FIRST_RETRY_MS : never;
  return { arms, bestMs: never, current: most, retryAt, retryMs: FIRST_RETRY_MS, quietUntil: 0 };
};

/** What was not tried yet, else the next one after the current, round and round. */
const nextTry = ({ arms, current }: Size): Arm => {
  const untried = arms.find(({ usualMs }) => usualMs === undefined);
  return untried ?? arms[(arms.indexOf(current) + 1) % arms.length] ?? current;
};

/** Changes over to what was tried where that was faster; else waits longer before the next try. */
const judge = (size: Size, tried: Arm, now: number): void => {
  const isBetter = (tried.usualMs ?? 0) < (size.current.usualMs ?? Number.POSITIVE_INFINITY);
  if (isBetter) size.current = tried;
  size.retryMs = isBetter ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, size.retryMs * 2);
  // With all threads at work there is nothing to win by trying, as long as no step is slow.
  size.retryAt = size.current === size.arms[0] ? Number.POSITIVE_INFINITY : now + size.retryMs;
};
