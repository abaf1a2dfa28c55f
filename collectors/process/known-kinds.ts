import type { Owner } from './owners.ts';

/** Between starting and becoming another program, a process still shows the command line of its parent. */
const SIGHTINGS = 2;

/**
 * What each process is, looked up until it is certain. The command line lies in the memory of the process: asking for it
 * waits for as long as a driver that hangs holds that memory, and we would hang with it.
 */
export class KnownKinds {
  readonly #seen = new Map<string, { readonly kind: Owner['kind']; readonly times: number }>();

  /** `process`: `pid:startedAt`. */
  of(process: string, look: () => Owner['kind']): Owner['kind'] {
    const seen = this.#seen.get(process);
    if (seen !== undefined && seen.times >= SIGHTINGS) return seen.kind;
    const kind = look();
    this.#seen.set(process, { kind, times: seen?.kind === kind ? seen.times + 1 : 1 });
    return kind;
  }

  /** Forgets all but these. */
  keep(processes: ReadonlySet<string>): void {
    for (const process of this.#seen.keys()) if (!processes.has(process)) this.#seen.delete(process);
  }
}
