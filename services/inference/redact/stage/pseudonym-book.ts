import type { Pseudonyms } from '../redactor.ts';

/** Pseudonyms that can be written down, to be restored where the request that made them is gone. */
export interface PseudonymBook extends Pseudonyms {
  /** Token and value, in the order they came. */
  entries(): readonly (readonly [token: string, value: string])[];
}

/** Keeps what `inner` gives out. */
export const keepPseudonyms = (inner: Pseudonyms): PseudonymBook => {
  const known = new Map<string, string>();
  return {
    tokenFor(label, value) {
      const token = inner.tokenFor(label, value);
      known.set(token, value);
      return token;
    },
    valueOf: (token) => inner.valueOf(token),
    get size() {
      return inner.size;
    },
    entries: () => [...known],
  };
};

/** Leads tokens that were written down back to their values, and gives out no more. */
export const readPseudonyms = (
  entries: readonly (readonly [string, string])[],
): Pick<Pseudonyms, 'valueOf' | 'size'> => {
  const known = new Map(entries);
  return { valueOf: (token) => known.get(token), size: known.size };
};
