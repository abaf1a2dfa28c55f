import type { SeriesKey } from '../../alerting/rules/series.ts';
import type { Step } from './panel.ts';

/** Where a value changes its colour although no alert has a limit for it, and the series that are coloured so. */
interface Scale {
  readonly of: SeriesKey;
  readonly steps: readonly Step[];
}

/** Everything else that has steps takes them from the limits of alerts; the lint compares both. */
export const SCALES = {
  /** At 1 the alert begins: what a limit is, its alert says. */
  limitUse: {
    of: 'limitUse',
    steps: [{ colour: 'good' }, { from: 0.8, colour: 'worse' }, { from: 1, colour: 'bad' }],
  },
  /** Below 0 the promise is broken; below a quarter nothing should be risked. */
  availabilityBudget: {
    of: 'availabilityBudget',
    steps: [{ colour: 'bad' }, { from: 0, colour: 'worse' }, { from: 0.25, colour: 'good' }],
  },
  latencyBudget: {
    of: 'latencyBudget',
    steps: [{ colour: 'bad' }, { from: 0, colour: 'worse' }, { from: 0.25, colour: 'good' }],
  },
  /** A third must be free, or the loss of one of three replicas is felt. */
  headroom: {
    of: 'slotsUsed',
    steps: [{ colour: 'bad' }, { from: 0.1, colour: 'worse' }, { from: 0.3, colour: 'good' }],
  },
} as const satisfies Record<string, Scale>;
