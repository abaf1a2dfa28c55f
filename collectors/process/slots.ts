import type { Owner } from './owners.ts';

interface Slot {
  readonly owner: Owner;
  /** `pid:startedAt`; undefined while nobody is in it. */
  process: string | undefined;
  restarts: number;
}

/** Tools come and go; more of them at once than this are not told apart. */
const MOST_OTHERS = 16;

/** Gives each process a number among those of its kind; one that takes the place of another gets its number. */
export class Slots {
  readonly #slots = new Map<Owner['kind'], Slot[]>();

  /** The number of a process, the same as long as it lives; undefined when there are too many. */
  take(kind: Owner['kind'], process: string): Owner | undefined {
    const slots = this.#slots.get(kind) ?? [];
    this.#slots.set(kind, slots);
    const own = slots.find((slot) => slot.process === process);
    if (own !== undefined) return own.owner;
    const free = slots.find((slot) => slot.process === undefined);
    if (free !== undefined) {
      free.process = process;
      free.restarts += 1;
      return free.owner;
    }
    if (kind === 'other' && slots.length >= MOST_OTHERS) return undefined;
    const slot: Slot = { owner: { kind, index: slots.length }, process, restarts: 0 };
    slots.push(slot);
    return slot.owner;
  }

  /** Frees the numbers of all but these. */
  keep(processes: ReadonlySet<string>): void {
    for (const slot of [...this.#slots.values()].flat()) {
      if (slot.process !== undefined && !processes.has(slot.process)) slot.process = undefined;
    }
  }

  /** Of everything but tools, which are meant to end. */
  restarts(): readonly { readonly owner: Owner; readonly restarts: number }[] {
    return [...this.#slots.values()].flat().filter(({ owner }) => owner.kind !== 'other');
  }
}
