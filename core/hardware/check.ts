/** Everything the doctor looks at, in the order it tells of it; also the values of the label `check`. */
export const CHECK_NAMES = [
  'cores',
  'frequency',
  'instructions',
  'memory',
  'memory_type',
  'memory_bandwidth',
  'disk',
  'disk_type',
  'disk_read',
  'free_space',
  'accelerator',
  'accelerator_driver',
  'accelerator_containers',
  'npu',
  'ports',
  'clock',
  'open_files',
  'huge_pages',
  'control_groups',
  'container_engine',
  'certificate',
  'client_addresses',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/**
 * `pass`: as recommended, or nothing is asked. `warn`: at least the minimum, or it costs something that can be won.
 * `fail`: below the minimum. `unknown`: it could not be seen from here, which is neither good nor bad.
 */
export const CHECK_RESULTS = ['pass', 'warn', 'fail', 'unknown'] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** What was found, and where. */
export interface Measured {
  readonly value: number | string;
  /** Of a number; base units: `By`, `By/s`, `Hz`, `1`. */
  readonly unit?: Unit;
  /** The file, program or short measurement it comes from. */
  readonly source: string;
  /** What else is worth saying of it. */
  readonly note?: string;
}

export type Unit = 'By' | 'By/s' | 'Hz' | 's' | '1';

/** A number with a unit, or words. */
export type Wanted = number | string | null;

/** One line of the doctor's report. */
export interface Check {
  readonly name: CheckName;
  readonly title: string;
  /** Of the product's table; null where it asks nothing. */
  readonly minimum: Wanted;
  readonly recommended: Wanted;
  /** Null where nothing could be seen. */
  readonly measured: Measured | null;
  readonly result: CheckResult;
  /** What to do, or what it takes to see more; null where there is nothing to say. */
  readonly advice: string | null;
}

/** A fact and where it comes from, or why it could not be seen. */
export type Seen<Value> =
  | { readonly isSeen: true; readonly value: Value; readonly source: string }
  | { readonly isSeen: false; readonly why: string };

export const seen = <Value>(value: Value, source: string): Seen<Value> => ({ isSeen: true, value, source });
export const unseen = (why: string): { readonly isSeen: false; readonly why: string } => ({ isSeen: false, why });

/** How many checks came to each result. */
export const countResults = (checks: readonly Check[]): Readonly<Record<CheckResult, number>> => {
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
  for (const { result } of checks) counts[result] += 1;
  return counts;
};
