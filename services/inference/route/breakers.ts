import { type BreakerState, breakerAt, CLOSED, endTrial, halfOpen, openFor, type TrialEnd, tryOne } from './breaker.ts';
import { type BreakerView, viewOf } from './breaker-view.ts';

/** How somebody changes a breaker. */
export interface BreakerChange {
  readonly state: BreakerState['kind'];
  /** With `open`: half open after this time; absent: when somebody changes it. */
  readonly expiresMs?: number | undefined;
  readonly reason?: string | undefined;
}

/** One request let through a half-open breaker; its first end counts. */
export interface Trial {
  end(how: TrialEnd): void;
}

interface Deps {
  readonly models: readonly string[];
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onChange: (model: string, state: BreakerState) => void;
}

/** The breakers of all models, as they are now. */
export class Breakers {
  readonly #deps: Deps;
  readonly #states: Map<string, BreakerState>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#states = new Map(deps.models.map((model) => [model, CLOSED]));
  }

  /** Every model with its state; what was over by now is told first. */
  all(): Iterable<readonly [model: string, state: BreakerState]> {
    this.settle();
    return this.#states;
  }

  views(): readonly BreakerView[] {
    const now = this.#deps.now();
    return [...this.all()].map(([model, state]) => viewOf(model, state, now));
  }

  set(model: string, { state, expiresMs, reason }: BreakerChange): void {
    const now = this.#deps.now();
    if (state === 'closed') this.#put(model, CLOSED);
    else this.#put(model, state === 'open' ? openFor(expiresMs, now, reason) : halfOpen(now, reason));
  }

  /** Throws while the model is not asked at all. */
  check(model: string): void {
    const state = this.#at(model);
    if (state.kind === 'open') tryOne(state, model, this.#deps.now());
  }

  /** Lets one request through, or throws; `undefined` while the breaker is closed and nothing has to be found out. */
  enter(model: string): Trial | undefined {
    const state = this.#at(model);
    if (state.kind === 'closed') return undefined;
    const entered = tryOne(state, model, this.#deps.now());
    this.#states.set(model, entered);
    if (entered.kind !== 'half_open') return undefined;
    const { since } = entered;
    let isOver = false;
    return {
      end: (how) => {
        if (isOver) return;
        isOver = true;
        this.#put(model, endTrial(this.#at(model), since, how, this.#deps.now()));
      },
    };
  }

  /** A token was decoded at this time, by whatever request or probe: that closes what was half open by then. */
  decoded(model: string, at: number | undefined): void {
    const state = this.#at(model);
    if (at === undefined) return;
    if (state.kind === 'half_open' && at > state.since) this.#put(model, CLOSED);
  }

  /** Tells of those whose time is over. */
  settle(): void {
    for (const model of this.#states.keys()) this.#at(model);
  }

  #at(model: string): BreakerState {
    const state = this.#states.get(model) ?? CLOSED;
    if (state.kind !== 'open') return state;
    const current = breakerAt(state, this.#deps.now());
    this.#put(model, current);
    return current;
  }

  #put(model: string, state: BreakerState): void {
    const before = this.#states.get(model);
    this.#states.set(model, state);
    if (before?.kind !== state.kind) this.#deps.onChange(model, state);
  }
}
