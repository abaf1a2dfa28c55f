import type { Labels } from './labels.ts';

type Add = (value: number, labels: Labels) => void;

/** Counts that wait until somebody reads them. */
export interface GatheredCounts {
  /** The way into a counter; `add` is told the sums. */
  gather(add: Add): Add;
  /** Tells every counter what came together; before anything is collected. */
  settle(): void;
}

/**
 * Sums up what counters count, by their labels, until they are collected: the SDK sorts and writes out the labels at every
 * single step, which is most of what counting costs. Labels come from closed lists, so the sums are few.
 */
export const createGatheredCounts = (): GatheredCounts => {
  const all: { readonly add: Add; readonly sums: Map<string, Sum> }[] = [];
  return {
    gather(add) {
      const sums = new Map<string, Sum>();
      all.push({ add, sums });
      return (value, labels) => {
        const key = keyOf(labels);
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { labels, value });
        else sum.value += value;
      };
    },
    settle() {
      for (const { add, sums } of all) {
        for (const { value, labels } of sums.values()) add(value, labels);
        sums.clear();
      }
    },
  };
};

interface Sum {
  readonly labels: Labels;
  value: number;
}

/** Labels in another order are another sum, and the same series. */
const keyOf = (labels: Labels): string => {
  let key = '';
  for (const name in labels) key += `${name}\0${labels[name]}\0`;
  return key;
};
