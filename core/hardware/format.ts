import type { Unit, Wanted } from './check.ts';

const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const SYMBOLS: Readonly<Record<Unit, string>> = { By: 'B', 'By/s': 'B/s', Hz: 'Hz', s: 's', '1': '' };
const DAY_S = 86_400;

/** A quantity as a person reads it: `2.60 GHz`, `16.5 GB`, `4`. */
export const formatQuantity = (value: number, unit: Unit = '1'): string => {
  if (unit === '1') return String(Number(value.toFixed(2)));
  if (unit === 's') return `${Math.floor(value / DAY_S)} days`;
  const [scale, prefix] = SCALES.find(([least]) => value >= least) ?? [1, ''];
  return `${Number((value / scale).toPrecision(3))} ${prefix}${SYMBOLS[unit]}`;
};

/** What is asked for, in the unit of what was measured. */
export const formatWanted = (wanted: Wanted, unit: Unit | undefined): string =>
  wanted === null ? '-' : typeof wanted === 'string' ? wanted : formatQuantity(wanted, unit);
