import type { CheckResult, Measured, Seen, Unit, Wanted } from './check.ts';

/** What a check found, before its row is added. */
export interface Finding {
  readonly measured: Measured | null;
  readonly result: CheckResult;
  readonly advice: string | null;
  /** Where what is asked depends on the machine or the models, in place of what the row says. */
  readonly minimum?: Wanted;
  readonly recommended?: Wanted;
}

/** Nothing was seen; `advice` says what it would take. */
export const blind = (why: string): Finding => ({ measured: null, result: 'unknown', advice: why });

/** Found, and nothing to do. */
export const fine = (measured: Measured): Finding => ({ measured, result: 'pass', advice: null });

export const found = (measured: Measured, result: CheckResult, advice: string): Finding => ({
  ...{ measured, result },
  advice: result === 'pass' ? null : advice,
});

interface Limits {
  readonly minimum: number;
  readonly recommended: number;
  /** Share that a quantity may fall short: what firmware and graphics take of memory, how a clock is rounded. */
  readonly slack?: number;
}

/** At least what is recommended, at least the minimum, or less. */
export const compare = (value: number, { minimum, recommended, slack = 0 }: Limits): CheckResult => {
  if (value >= recommended * (1 - slack)) return 'pass';
  return value >= minimum * (1 - slack) ? 'warn' : 'fail';
};

/** A number that was seen, as what a check measured. */
export const measure = (
  seen: Seen<unknown> & { readonly isSeen: true },
  value: number | string,
  unit?: Unit,
  note?: string,
): Measured => ({
  value,
  ...(unit === undefined ? {} : { unit }),
  source: seen.source,
  ...(note === undefined ? {} : { note }),
});
