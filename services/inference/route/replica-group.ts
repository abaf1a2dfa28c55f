import type { Replica } from './replica.ts';
import { freeIndex, surplusOf } from './replica-set.ts';

/** The replicas of one model, those that leave included. */
export class ReplicaGroup {
  readonly #onChange: () => void;
  #all: readonly Replica[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get all(): readonly Replica[] {
    return this.#all;
  }

  /** Those that answer, or will. */
  get serving(): readonly Replica[] {
    return this.#all.filter(({ state }) => state.kind !== 'draining' && state.kind !== 'stopped');
  }

  get isBusy(): boolean {
    return this.#all.some(({ session }) => (session?.inFlight ?? 0) > 0);
  }

  /** Starts or drains as many as it takes. */
  resize(wanted: number, create: (index: number) => Replica): void {
    const serving = this.serving;
    for (const replica of surplusOf(serving, serving.length - wanted)) void replica.drain();
    const added: Replica[] = [];
    for (let count = serving.length; count < wanted; count += 1) {
      added.push(create(freeIndex([...this.#all, ...added])));
    }
    this.#all = [...this.#all, ...added];
    for (const replica of added) replica.start();
    this.#onChange();
  }

  /** One of them entered another state; it is forgotten once it has stopped. */
  changed(replica: Replica): void {
    if (replica.state.kind === 'stopped') this.#all = this.#all.filter((other) => other !== replica);
    this.#onChange();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#all.map((replica) => replica.drain()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((replica) => replica.stop()));
  }
}
