import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeValueMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { begin, type PanelWords, type Step, stepsOf } from './panel.ts';
import type { Query } from './query.ts';

export interface BarsSpec extends PanelWords {
  readonly queries: readonly Query[];
  readonly steps: readonly Step[];
  readonly max?: number;
}

/** Things side by side as they are now, in the order of the query. */
export const bars = (spec: BarsSpec): Panel => {
  const { queries, steps, max } = spec;
  const panel = begin(new PanelBuilder(), spec, queries, 'instant')
    .min(0)
    .thresholds(stepsOf(steps))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .namePlacement(BarGaugeNamePlacement.Left)
    .showUnfilled(true)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  if (max !== undefined) panel.max(max);
  return panel.build();
};
