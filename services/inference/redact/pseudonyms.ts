import type { Pseudonyms } from './redactor.ts';

/** One request's pseudonyms: `[EMAIL_1]` for the first value of its kind, the same token for the same value. */
export const createPseudonyms = (): Pseudonyms => {
  const tokens = new Map<string, string>();
  const values = new Map<string, string>();
  const counts = new Map<string, number>();
  return {
    tokenFor(label, value) {
      const key = `${label}\n${value}`;
      const known = tokens.get(key);
      if (known !== undefined) return known;
      const count = (counts.get(label) ?? 0) + 1;
      const token = `[${label}_${count}]`;
      counts.set(label, count);
      tokens.set(key, token);
      values.set(token, value);
      return token;
    },
    valueOf: (token) => values.get(token),
    get size() {
      return values.size;
    },
  };
};
