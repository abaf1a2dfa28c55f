import type { Config } from '../../core/config/schema.ts';

/** What rules are made from: the parts of the configuration they depend on. */
export type RuleConfig = Pick<Config, 'alerts' | 'slo' | 'prometheus' | 'collectors' | 'models'>;

/** The configuration as a rule sees it. */
export interface Tuning {
  readonly limits: Config['alerts'];
  readonly slo: Config['slo'];
  /** Whether a model must be ready at all times; one that is loaded on demand may rest. */
  readonly mustBeReady: boolean;
  /** Samples of one scrape that Prometheus takes. */
  readonly sampleLimit: number;
  /** Whether there are collectors to miss. */
  readonly isCollecting: boolean;
  /** A range for `rate()` and the like: never so short that it holds no two samples. */
  readonly window: (ms: number) => string;
  /** A time that something lasts, as `for` takes it. */
  readonly lasting: (ms: number) => string;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Samples in the shortest range: with two of them missing a rate is still known. */
const FEWEST_SAMPLES = 4;

export const tuningOf = ({ alerts, slo, prometheus, collectors, models }: RuleConfig): Tuning => {
  const { factor } = alerts.timing;
  return {
    limits: alerts,
    slo,
    mustBeReady: models.some(({ load }) => load === 'always'),
    sampleLimit: prometheus.sampleLimit,
    isCollecting: collectors.enabled,
    window: (ms) => duration(Math.max(ms * factor, FEWEST_SAMPLES * prometheus.intervalMs)),
    lasting: (ms) => duration(ms * factor),
  };
};

const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1],
] as const;

/** As Prometheus writes it, in the largest unit that fits. */
export const duration = (ms: number): string => {
  const whole = Math.round(ms);
  const [unit, size] = UNITS.find(([, length]) => whole >= length && whole % length === 0) ?? ['s', SECOND];
  return `${whole / size}${unit}`;
};
