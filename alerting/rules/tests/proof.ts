/** What a series does in each state of the world. */
export type Signal =
  /** Its value. */
  | { readonly gauge: Levels }
  /** What it grows by from one sample to the next. */
  | { readonly counter: Levels }
  /** Seconds from now: a moment that comes nearer only when somebody lets it. */
  | { readonly ahead: Levels };

/** When all is well; at the limit exactly; just beyond it. */
export type Levels = readonly [well: number, limit: number, beyond: number];

export type State = 'well' | 'limit' | 'beyond';

/** A phase of a story: how long the world is in a state, in samples; `gone`: the target vanished; `gap`: samples are missing. */
export type Phase = readonly [state: State | 'gone' | 'gap', samples: number];

/** A moment of a story, and which alerts fire then, by the labels they have beside severity and action. */
export interface Check {
  readonly atMs: number;
  readonly firing: readonly Readonly<Record<string, string>>[];
}

/** A story that only this alert has. */
export interface ExtraStory {
  readonly name: string;
  /** Values as promtool reads them, by series. */
  readonly series: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly firing: readonly Readonly<Record<string, string>>[];
}

/** What proves an alert: the common stories are made from it. */
export interface Proof {
  readonly series: Readonly<Record<string, Signal>>;
  /** Labels of the alert that fires, beside severity and action. */
  readonly labels: Readonly<Record<string, string>>;
  /** What Prometheus puts into summary and description of that one, in their order: all but plain labels. */
  readonly says: readonly string[];
  /** Time between two samples, and between two evaluations; divides `for`. Default: 15 s. */
  readonly stepMs?: number;
  /** Samples until the condition can be known at all: 1 for a rate, which needs two. */
  readonly warmUp?: number;
  /** How long the condition stays true after the world is well again: the window of its rates. */
  readonly settleMs?: number;
  /** True where a target that vanished is itself the trouble. */
  readonly firesWhenGone?: boolean;
  /** True where it stays when its series vanish, because others are left that tell of it. */
  readonly staysWhenGone?: boolean;
  /** True for the one that fires whatever happens. */
  readonly isAlways?: boolean;
  readonly also?: readonly ExtraStory[];
}
