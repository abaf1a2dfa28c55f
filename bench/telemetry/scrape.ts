import { closedCombinations, type KnownValues } from '../../core/telemetry/labels.ts';
import { isOn, METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { createTelemetry, type Telemetry } from '../../core/telemetry/telemetry.ts';
import { medianInterval } from '../stats/interval.ts';
import type { Comparison } from '../suite.ts';

/** What one scrape may hold the event loop up, in milliseconds. */
const BAR = { relation: 'atMost', value: 20 } as const;
const SCRAPES = 40;
const SMOKE_SCRAPES = 3;
const WARM_UP = 5;
/** Each scrape is rendered: the text that is shared for a second is not what is measured. */
const STEP_MS = 2000;
/** For labels that the configuration bounds: a gateway with four models. */
const FEW = ['a', 'b', 'c', 'd'];

/** Fills every series of the gateway to its bound and times how long a scrape keeps everything else waiting. */
export const measureScrape = async ({ isSmoke }: { readonly isSmoke: boolean }): Promise<readonly Comparison[]> => {
  let clock = 0;
  const telemetry = createTelemetry({ serviceName: 'bench', version: '0', known: KNOWN, now: () => clock });
  fill(telemetry);
  const [blocks, totals]: [number[], number[]] = [[], []];
  let lines = 0;
  for (let turn = -WARM_UP; turn < (isSmoke ? SMOKE_SCRAPES : SCRAPES); turn += 1) {
    clock += STEP_MS;
    const startedAt = performance.now();
    const { block, result } = await longestBlock(() => telemetry.expose('openmetrics'));
    if (turn < 0) continue;
    totals.push(performance.now() - startedAt);
    blocks.push(block);
    lines = result.split('\n').length;
  }
  await telemetry.stop();
  const about = { model: `${lines} lines`, case: 'scrape', theirs: null, as: 'value' } as const;
  return [
    { ...about, measure: 'longest block ms', ...figures(blocks), bar: BAR },
    { ...about, measure: 'whole ms', ...figures(totals) },
  ];
};

const figures = (values: readonly number[]) => {
  const estimate = medianInterval(values);
  return { ours: estimate.median, estimate };
};

const openLabels = Object.values<MetricRow>(METRICS).flatMap((row) =>
  row.labels.filter((label) => row.values?.[label] === undefined),
);
const KNOWN: KnownValues = Object.fromEntries(openLabels.map((label) => [label, FEW]));

const fill = (telemetry: Telemetry): void => {
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    // What is observed already (the process) is as full as it gets.
    if (!isOn('gateway', row) || row.kind === 'gauge' || row.observed === true) continue;
    for (const labels of closedCombinations(row, KNOWN)) {
      // Safe: the kind of the row is what decides which of the two takes its key.
      if (row.kind === 'histogram') telemetry.record(name as never, 1, labels as never);
      else telemetry.counter(name as never, labels as never);
    }
  }
};

/** The longest that the event loop did not turn while something went on. */
const longestBlock = async <T>(work: () => Promise<T>): Promise<{ readonly block: number; readonly result: T }> => {
  let [isOver, block, last] = [false, 0, performance.now()];
  const turn = (): void => {
    const now = performance.now();
    block = Math.max(block, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work();
  isOver = true;
  turn();
  return { block, result };
};
