import type { MedianInterval } from './stats/interval.ts';

export interface SuiteOptions {
  /** A run of seconds that shows that the suite works; its figures mean nothing. */
  readonly isSmoke: boolean;
  /** Time budget of the whole suite. */
  readonly minutes: number;
  /** Requests instead of minutes, where the suite can. */
  readonly requests?: number;
  /** Compute threads of every engine, ours and theirs. */
  readonly threads: number;
  /** Rounds that are run whatever the interval; absent: 5. */
  readonly minRounds?: number;
  /** Rounds after which a case ends; absent: 30. */
  readonly maxRounds?: number;
  /** Only the cases with these names. */
  readonly cases?: readonly string[];
  /** Only the models with these names. */
  readonly models?: readonly string[];
  /** Who is compared with: llama-server, or in a smoke run a second Clawdbot. */
  readonly peer?: 'llama-server' | 'clawdbot';
  /** What our side does without; absent: as shipped. */
  readonly redaction?: 'off';
  readonly env: NodeJS.ProcessEnv;
  /** Told what is going on, line by line. */
  readonly say: (line: string) => void;
}

export interface Bar {
  readonly relation: 'atLeast' | 'atMost';
  readonly value: number;
  readonly aim?: number;
}

/** One measure of two things that ran in alternating rounds, or of one of them alone. */
export interface Comparison {
  readonly model: string;
  readonly case: string;
  readonly measure: string;
  /** Medians over the rounds. */
  readonly ours: number;
  readonly theirs: number | null;
  readonly as: 'ratio' | 'difference' | 'value';
  /** Of the ratios (or differences, or values) of the single rounds. */
  readonly estimate: MedianInterval;
  readonly bar?: Bar;
}

export type Cell = string | number | null;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface ModelFact {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a suite measured, ready to be printed, kept and drawn. */
export interface Report {
  readonly suite: string;
  /** How it was measured: what a reader needs to judge or repeat it. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly models: readonly ModelFact[];
  readonly comparisons: readonly Comparison[];
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}
