import type { Check, Phase, Proof, Signal, State } from './proof.ts';

/** One course of events, and what fires when. */
export interface Story {
  readonly name: string;
  readonly stepMs: number;
  /** Values as promtool reads them, by series. */
  readonly series: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

/** How long a rule waits, in both directions. */
export interface Times {
  readonly forMs: number;
  readonly keepMs: number;
}

const STEP_MS = 15_000;
/** An instant query looks back so far: a gap that is shorter is none. */
const LOOKBACK_MS = 300_000;

/** The stories every alert has to live through, and its own. */
export const storiesOf = (proof: Proof, times: Times): readonly Story[] => {
  const plot = plotOf(proof, times);
  if (proof.isAlways === true) return [tell(plot, 'fires whatever happens', [], [[0, plot.firing]])];
  return [
    fires(plot),
    ...(times.forMs < plot.stepMs ? [] : [nearly(plot)]),
    atTheLimit(plot),
    recovers(plot),
    vanishes(plot),
    gap(plot),
    ...(proof.also ?? []).map(({ name, series, atMs, firing }) => ({
      ...{ name, series, stepMs: plot.stepMs },
      checks: [{ atMs, firing }],
    })),
  ];
};

interface Plot {
  readonly proof: Proof;
  readonly stepMs: number;
  readonly firing: Check['firing'];
  /** The moment it fires, when all is beyond the limit from the start; in samples. */
  readonly firesAt: number;
  readonly keep: number;
  /** Samples from «well again» until the condition has passed for sure. */
  readonly settle: number;
}

const plotOf = (proof: Proof, { forMs, keepMs }: Times): Plot => {
  const { stepMs = STEP_MS, warmUp = 0, settleMs = 0, labels } = proof;
  return {
    ...{ proof, stepMs, firing: [labels] },
    firesAt: warmUp + Math.ceil(forMs / stepMs),
    keep: Math.ceil(keepMs / stepMs),
    settle: settleMs === 0 ? 0 : Math.ceil(settleMs / stepMs) + 1,
  };
};

const tell = (
  { proof, stepMs }: Plot,
  name: string,
  phases: readonly Phase[],
  checks: readonly (readonly [sample: number, firing: Check['firing']])[],
): Story => ({
  ...{ name, stepMs },
  series: Object.fromEntries(
    Object.entries(proof.series).map(([key, signal]) => [key, valuesOf(signal, phases, stepMs / 1000)]),
  ),
  checks: checks.map(([sample, firing]) => ({ atMs: sample * stepMs, firing })),
});

const fires = (plot: Plot): Story =>
  tell(plot, 'fires when it has lasted', [['beyond', plot.firesAt + 1]], [[plot.firesAt, plot.firing]]);

const nearly = (plot: Plot): Story =>
  tell(plot, 'stays quiet one moment before', [['beyond', plot.firesAt + 1]], [[plot.firesAt - 1, []]]);

const atTheLimit = (plot: Plot): Story =>
  tell(
    plot,
    'stays quiet exactly at the limit',
    [['limit', 2 * plot.firesAt + plot.settle + 3]],
    [
      [plot.firesAt + 1, []],
      [2 * plot.firesAt + plot.settle + 2, []],
    ],
  );

const recovers = (plot: Plot): Story => {
  const { firesAt, keep, settle, firing } = plot;
  const well = firesAt + 1;
  const past = well + settle + keep;
  const phases: Phase[] = [
    ['beyond', well],
    ['well', settle + keep + 2],
  ];
  return tell(plot, 'ends when all is well again', phases, [
    ...(settle === 0 && keep > 0 ? [[past - 1, firing] as const] : []),
    [past, []],
  ]);
};

const vanishes = (plot: Plot): Story => {
  const { firesAt, keep, settle, proof } = plot;
  const gone = firesAt + 1;
  const stays = proof.firesWhenGone === true || proof.staysWhenGone === true;
  const last = gone + settle + keep + 1;
  return tell(
    plot,
    'meets a target that vanished',
    [
      ['beyond', gone],
      ['gone', settle + keep + 2],
    ],
    [[last, stays ? plot.firing : []]],
  );
};

const gap = (plot: Plot): Story => {
  const { firesAt, stepMs, firing, proof } = plot;
  const missing = Math.min(2, Math.floor((LOOKBACK_MS - 1) / stepMs));
  const before = Math.max(2, Math.min(firesAt - 1, 3));
  return tell(
    plot,
    'bridges samples that are missing',
    [
      ['beyond', before],
      ['gap', missing],
      ['beyond', firesAt + 3],
    ],
    // A value is known all the while; a rate only when there are samples again.
    [[(proof.warmUp ?? 0) === 0 ? Math.max(firesAt, before) : before + missing + firesAt + 2, firing]],
  );
};

const LEVELS = { well: 0, limit: 1, beyond: 2 } as const satisfies Record<State, number>;
/** Counters do not begin at 0, where Prometheus would guess that nothing was counted before. */
const COUNTED_BEFORE = 1000;

/** Values of one series over the phases of a story. */
const valuesOf = (signal: Signal, phases: readonly Phase[], stepSeconds: number): string => {
  let count = COUNTED_BEFORE;
  let sample = 0;
  return phases
    .filter(([, samples]) => samples > 0)
    .map(([state, samples]) => {
      const at = sample * stepSeconds;
      sample += samples;
      if (state === 'gone') return samples === 1 ? 'stale' : `stale _x${samples - 1}`;
      // What is counted while nobody looks is seen afterwards: none here.
      if (state === 'gap') return `_x${samples}`;
      if ('gauge' in signal) return `${signal.gauge[LEVELS[state]]}x${samples - 1}`;
      if ('ahead' in signal) return `${at + signal.ahead[LEVELS[state]]}+${stepSeconds}x${samples - 1}`;
      const step = signal.counter[LEVELS[state]];
      const first = count + step;
      count = first + step * (samples - 1);
      return `${first}+${step}x${samples - 1}`;
    })
    .join(' ');
};
