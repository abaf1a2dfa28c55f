import { METRICS, type MetricKey } from '../../../core/telemetry/metrics.ts';
import { wireName } from '../../../core/telemetry/wire-name.ts';
import type { Measured } from '../action.ts';
import type { Load, Pressure } from './model.ts';

/** The limits that load is held against, and how it is measured. */
export interface MeasureOptions {
  readonly model: string;
  readonly windowMs: number;
  readonly staleMs: number;
  readonly timeoutRatio: number;
  readonly queueRatio: number;
  readonly firstTokenMs: number;
  /** Fewer requests in the window say nothing about a share of them. */
  readonly minimum: number;
  readonly busyRatio: number;
}

/** Asks Prometheus; rejects when it does not answer. */
export type Measure = (promql: string) => Promise<Measured | undefined>;

export type Measurement =
  | { readonly isFresh: true; readonly load: (replicas: number) => Load }
  | { readonly isFresh: false; readonly because: string };

const GATEWAY = 'job="clawdbot"';
const P95 = 0.95;

/** Measures one model; what is too old, or cannot be asked for, is no measurement at all. */
export const measureLoad = async (measure: Measure, options: MeasureOptions): Promise<Measurement> => {
  try {
    const age = await measure(QUERIES.age);
    if (age === undefined) return stale('Prometheus has nothing of the gateway');
    const ageMs = age.value * 1000 + age.ageMs;
    if (!(ageMs <= options.staleMs))
      return stale(`the last sample of the gateway is ${Math.round(ageMs / 1000)} s old`);
    const read = async (query: string) => finite(await measure(query));
    const [timeouts, queue, firstToken, busy, slots] = await Promise.all(queriesOf(options).map(read));
    const pressures: Pressure[] = [
      ...pressure('time-outs', timeouts, options.timeoutRatio),
      ...pressure('queue', queue, options.queueRatio),
      ...pressure('first token', firstToken, options.firstTokenMs / 1000),
    ];
    const share = busy === undefined && slots === undefined ? undefined : Math.max(busy ?? 0, slots ?? 0);
    const needed = (replicas: number) =>
      share === undefined ? undefined : Math.ceil((share * replicas) / options.busyRatio);
    return { isFresh: true, load: (replicas) => ({ pressures, needed: needed(replicas) }) };
  } catch (error) {
    return stale(`Prometheus does not answer (${error instanceof Error ? error.message : String(error)})`);
  }
};

const stale = (because: string): Measurement => ({ isFresh: false, because });

// Of no traffic there is no share, and where no engine is ready nothing is full: neither says that more are needed.
const finite = (measured: Measured | undefined): number | undefined =>
  measured === undefined || !Number.isFinite(measured.value) ? undefined : measured.value;

const pressure = (name: Pressure['name'], value: number | undefined, limit: number): readonly Pressure[] =>
  value === undefined ? [] : [{ name, ratio: value / limit }];

const metric = (key: MetricKey): string => wireName(METRICS[key]);

const QUERIES = {
  // A target that is down leaves no sample; one that is slow leaves an old one.
  age: `time() - max(timestamp(${metric('concurrencyLimit')}{${GATEWAY}}))`,
} as const;

/** Time-outs, requests that wait for each slot, the first token of most; then how busy engines and slots are. */
const queriesOf = ({ model, windowMs, minimum }: MeasureOptions): readonly string[] => {
  const window = `[${windowMs}ms]`;
  const ofModel = `{${GATEWAY},gen_ai_request_model=${JSON.stringify(model)}}`;
  const requests = `${metric('requests')}{${GATEWAY},outcome!="rejected"}`;
  const late = `${metric('requests')}{${GATEWAY},outcome="timeout"}`;
  const isTraffic = `and on () (sum(increase(${requests}${window})) >= ${minimum})`;
  const ready = `${metric('engineReplicas')}{${GATEWAY},gen_ai_request_model=${JSON.stringify(model)},state="ready"}`;
  return [
    `sum(rate(${late}${window})) / sum(rate(${requests}${window})) ${isTraffic}`,
    `sum(${metric('queueDepth')}{${GATEWAY}}) / sum(${metric('slotsLimit')}${ofModel})`,
    `histogram_quantile(${P95}, sum by (le) (rate(${metric('timeToFirstToken')}_bucket${ofModel}${window}))) ${isTraffic}`,
    `sum(rate(${metric('engineTime')}${ofModel}${window})) / sum(${ready})`,
    `sum(avg_over_time(${metric('slotsUsed')}${ofModel}${window})) / sum(${metric('slotsLimit')}${ofModel})`,
  ];
};
