import type { Replica } from './replica.ts';
import { chooseActive, freeIndex, surplusOf } from './replica-set.ts';

interface Options {
  readonly onChange: () => void;
  /** One that stood by takes requests from now on, because another was lost. */
  readonly onPromote: (replica: Replica) => void;
}

/** How many replicas there are to be. */
export interface Size {
  /** Those that take requests. */
  readonly wanted: number;
  /** More of them, loaded and proved, that take requests when one of those is lost. */
  readonly standby: number;
}

/** Makes one replica; `isExtra`: it has no threads of its own, but those of the one whose place it will take. */
export type Create = (index: number, isExtra: boolean) => Replica;

/** The replicas of one model, those that leave included. */
export class ReplicaGroup {
  readonly #options: Options;
  #all: readonly Replica[] = [];
  #active: readonly Replica[] = [];
  #ready: readonly Replica[] = [];
  readonly #extras = new WeakSet<Replica>();
  #wanted = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get all(): readonly Replica[] {
    return this.#all;
  }

  /** Those that requests are sent to. */
  get active(): readonly Replica[] {
    return this.#active;
  }

  /** The active ones and those that stand by. */
  get ready(): readonly Replica[] {
    return this.#ready;
  }

  /** Those that answer, or will. */
  get serving(): readonly Replica[] {
    return this.#all.filter(({ state }) => state.kind !== 'draining' && state.kind !== 'stopped');
  }

  get isBusy(): boolean {
    return this.#all.some(({ session }) => (session?.inFlight ?? 0) > 0);
  }

  isStandby(replica: Replica): boolean {
    return this.#ready.includes(replica) && !this.#active.includes(replica);
  }

  /** Starts or drains as many as it takes. */
  resize({ wanted, standby }: Size, create: Create): void {
    const { serving } = this;
    const total = totalOf({ wanted, standby });
    this.#wanted = wanted;
    for (const replica of surplusOf(serving, serving.length - total)) void replica.drain();
    const added: Replica[] = [];
    for (let count = serving.length; count < total; count += 1) {
      const counted = [...serving, ...added].filter((replica) => !this.#extras.has(replica)).length;
      const replica = create(freeIndex([...this.#all, ...added]), counted >= wanted);
      if (counted >= wanted) this.#extras.add(replica);
      added.push(replica);
    }
    this.#all = [...this.#all, ...added];
    for (const replica of added) replica.start();
    this.#refresh();
  }

  /** One of them entered another state; it is forgotten once it has stopped. */
  changed(replica: Replica): void {
    if (replica.state.kind === 'stopped') this.#all = this.#all.filter((other) => other !== replica);
    this.#refresh();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#all.map((replica) => replica.drain()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((replica) => replica.stop()));
  }

  #refresh(): void {
    const before = this.#active;
    this.#ready = this.#all.filter(({ state }) => state.kind === 'ready');
    this.#active = chooseActive(this.#ready, before, this.#wanted);
    const isLoss = before.some((replica) => !this.#ready.includes(replica));
    const promoted = isLoss ? this.#active.filter((replica) => !before.includes(replica)) : [];
    this.#options.onChange();
    for (const replica of promoted) this.#options.onPromote(replica);
  }
}

/** All replicas of a size: where nothing is wanted, nothing stands by. */
export const totalOf = ({ wanted, standby }: Size): number => (wanted === 0 ? 0 : wanted + standby);
