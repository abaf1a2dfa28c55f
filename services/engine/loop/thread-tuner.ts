/** Chooses how many threads compute the next step. */
export interface ThreadTuner {
  /** For a step of so many tokens, each of which looks back at so many on average. */
  choose(tokens: number, lookback: number): number;
  /** What a step took that was computed as chosen last. */
  observe(stepMs: number): void;
}

/** So many times the best that is known means that threads wait for a processor somebody else has. */
const SUSPICIOUS = 1.75;
/** Another number of threads must be better by this much: less is noise. */
const CLEARLY_BETTER = 0.9;
/** The usual is the middle of so many steps, so that no single one decides. */
const REMEMBERED = 5;
/** Steps of a trial that goes well, and steps that must be known before one. */
const TRIAL_STEPS = 3;
/** When to try again what was no better; doubles with every trial that was in vain. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
/** The best that is known is forgotten slowly, for steps become dearer as texts become longer. */
const FORGETTING = 1.001;
/** Attention to so many tokens makes a step clearly dearer. */
const DEAR_LOOKBACK = 256;
/** Steps up to so many tokens mostly write, larger ones mostly compute prompts: another number may be best for them. */
const MOST_WRITING = 32;

/**
 * Threads of one step wait for each other some hundred times by spinning. With a processor for each that is fastest;
 * where another process keeps one busy, each wait lasts until the scheduler comes round, and a step takes twenty times as
 * long as with fewer threads. So fewer are tried when steps become slow, and more again from time to time.
 */
export const createThreadTuner = (limit: number, now: () => number): ThreadTuner => {
  const counts = countsUpTo(limit);
  const [writing, reading] = [new Search(counts, now()), new Search(counts, now())];
  let last: { readonly search: Search; readonly kind: string } | undefined;
  return {
    choose(tokens, lookback) {
      const search = tokens <= MOST_WRITING ? writing : reading;
      last = { search, kind: kindOf(tokens, lookback) };
      return search.choose(now());
    },
    observe(stepMs) {
      last?.search.observe(last.kind, stepMs, now());
    },
  };
};

/** Steps of one kind take about the same time: as many tokens, more or less, that look as far back. */
const kindOf = (tokens: number, lookback: number): string => {
  const size = Math.round(2 * Math.log2(Math.max(1, tokens)));
  const depth = Math.round(2 * Math.log2(1 + lookback / DEAR_LOOKBACK));
  return `${size} ${depth}`;
};

/** All threads, half of them, and so on. */
const countsUpTo = (limit: number): readonly number[] => {
  const counts = [limit];
  for (let threads = Math.floor(limit / 2); threads >= 1; threads = Math.floor(threads / 2)) counts.push(threads);
  return counts;
};

interface Trial {
  /** Index of the number of threads. */
  readonly at: number;
  readonly slowness: number[];
}

/** The search for the best number of threads for one kind of step. */
class Search {
  readonly #counts: readonly number[];
  /** The best time of a step, by its kind. */
  readonly #best = new Map<string, number>();
  /** Index of the number in use. */
  #current = 0;
  /** How slow the last steps with it were, against the best. */
  #recent: number[] = [];
  #trial: Trial | undefined;
  #isToFewer = true;
  #retryMs = FIRST_RETRY_MS;
  /** Without any suspicion: early, for the machine may have been busy from the start, and as long as fewer are in use. */
  #dueAt: number;
  /** Slow steps are taken as they are until then. */
  #restUntil = 0;

  constructor(counts: readonly number[], startedAt: number) {
    this.#counts = counts;
    this.#dueAt = startedAt + FIRST_RETRY_MS;
  }

  choose(now: number): number {
    this.#trial ??= this.#isDue(now) ? { at: this.#neighbour(), slowness: [] } : undefined;
    return this.#counts[this.#trial?.at ?? this.#current] ?? 1;
  }

  observe(kind: string, stepMs: number, now: number): void {
    const slowness = this.#compare(kind, stepMs);
    if (slowness === undefined) return;
    if (this.#trial !== undefined) return this.#try(this.#trial, slowness, now);
    this.#recent = [...this.#recent.slice(1 - REMEMBERED), slowness];
    const isWell = this.#current === 0 && middleOf(this.#recent) <= SUSPICIOUS;
    if (isWell && now >= this.#restUntil) this.#retryMs = FIRST_RETRY_MS;
  }

  /** How many times the best known time of such a step; `undefined` for the first of its kind. */
  #compare(kind: string, stepMs: number): number | undefined {
    const known = this.#best.get(kind);
    const best = Math.min((known ?? stepMs) * FORGETTING, stepMs);
    this.#best.set(kind, best);
    return known === undefined || best <= 0 ? undefined : stepMs / best;
  }

  #isDue(now: number): boolean {
    if (this.#counts.length < 2 || this.#recent.length < TRIAL_STEPS) return false;
    return now >= this.#dueAt || (now >= this.#restUntil && middleOf(this.#recent) > SUSPICIOUS);
  }

  #neighbour(): number {
    const isFewer = this.#current === 0 || (this.#isToFewer && this.#current < this.#counts.length - 1);
    this.#isToFewer = isFewer;
    return this.#current + (isFewer ? 1 : -1);
  }

  /** A trial ends with its first step that is no better, so that a bad one costs one step. */
  #try({ at, slowness }: Trial, latest: number, now: number): void {
    slowness.push(latest);
    const isBetter = latest < middleOf(this.#recent) * CLEARLY_BETTER;
    if (isBetter && slowness.length < TRIAL_STEPS) return;
    this.#trial = undefined;
    if (isBetter) {
      this.#current = at;
      this.#recent = slowness;
    } else this.#isToFewer = !this.#isToFewer;
    this.#retryMs = isBetter ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, this.#retryMs * 2);
    this.#restUntil = now + this.#retryMs;
    // With all threads at work there is nothing to win by trying, as long as no step is slow.
    this.#dueAt = this.#current === 0 ? Number.POSITIVE_INFINITY : this.#restUntil;
  }
}

const middleOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
