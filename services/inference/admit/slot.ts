/** A place among those that are worked on. */
export interface Seat {
  readonly waitedMs: number;
  /** Gives the place back for good. Without a number the estimate counts as used. */
  release(usedTokens?: number): void;
  /** Gives the place back, and keeps what was reserved for its key. */
  vacate(): void;
}

/** The right to be worked on; given back once. */
export interface Slot {
  readonly waitedMs: number;
  /** May be called again, to no effect. Without a number the estimate counts as used. */
  release(usedTokens?: number): void;
  /**
   * Leaves the place to others until `wait` is over, then waits for one again. Who is away already waits with those that
   * left before, for whatever they wait for. Throws where as many are away as may wait.
   */
  away(wait: () => Promise<void>): Promise<void>;
}

/** What happens to a slot whose holder leaves its place and comes back. */
interface Desk {
  leave(seat: Seat): void;
  /** A place as soon as there is one; rejects where there will be none, and then nothing is left to give back. */
  comeBack(): Seat | Promise<Seat>;
  /** Settles the account of one that is away and will not come back. */
  giveUp(usedTokens: number | undefined): void;
}

/** A slot that its holder may leave for a while, such as until a model is loaded. */
export const createSlot = (first: Seat, desk: Desk): Slot => {
  let place: { readonly kind: 'held'; readonly seat: Seat } | { readonly kind: 'away' | 'coming' | 'gone' } = {
    ...{ kind: 'held', seat: first },
  };
  let given: { readonly usedTokens: number | undefined } | undefined;
  let absence: Promise<void> | undefined;

  const comeBack = async (): Promise<void> => {
    const coming = desk.comeBack();
    place = { kind: 'coming' };
    try {
      place = { kind: 'held', seat: await coming };
    } catch (error) {
      place = { kind: 'gone' };
      throw error;
    }
    if (given !== undefined) place.seat.release(given.usedTokens);
  };

  const leave = async (wait: () => Promise<void>): Promise<void> => {
    if (place.kind === 'held') {
      desk.leave(place.seat);
      place = { kind: 'away' };
    }
    await wait();
    // Given back meanwhile: whoever still reads has no place to come back to.
    if (place.kind === 'away') await comeBack();
  };

  return {
    waitedMs: first.waitedMs,
    release(usedTokens) {
      if (given !== undefined) return;
      given = { usedTokens };
      if (place.kind === 'held') place.seat.release(usedTokens);
      if (place.kind !== 'away') return;
      place = { kind: 'gone' };
      desk.giveUp(usedTokens);
    },
    away(wait) {
      absence ??= leave(wait).finally(() => {
        absence = undefined;
      });
      return absence;
    },
  };
};
