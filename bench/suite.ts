export interface SuiteOptions {
  /** A run of seconds that shows that the suite works; its figures mean nothing. */
  readonly isSmoke: boolean;
}

/** What a suite measured, ready to be printed and kept. */
export interface Report {
  readonly suite: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}
