import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Colour } from './colours.ts';
import { begin, colourOverrides, endingOverrides, type PanelWords, shades, stepsOf } from './panel.ts';
import type { Query } from './query.ts';

export interface LinesSpec extends PanelWords {
  readonly queries: readonly Query[];
  /** The names of the series whose meaning decides their colour; others are told apart by shades. */
  readonly named?: readonly string[];
  readonly colours?: Readonly<Record<string, Colour>>;
  /** Words that the name of a series may end with, and that decide its colour. */
  readonly byEnding?: readonly string[];
  /** Where its alert begins, or its alerts: dashed lines. */
  readonly limit?: number | readonly number[];
  /** Parts of a whole lie on top of each other. */
  readonly stacked?: boolean;
  /** Counts of events are bars, so that a single one is seen. */
  readonly bars?: boolean;
  readonly max?: number;
  /** For what spans powers of ten. */
  readonly logarithmic?: boolean;
  /** One panel for each value of a variable, so many beside each other. */
  readonly repeat?: { readonly variable: string; readonly across: number };
  /** More series than a list can hold: a table beside the lines, the largest first. */
  readonly many?: boolean;
}

/** What changes over time. A hole is a hole: nothing was known then. */
export const lines = (spec: LinesSpec): Panel => {
  const { queries, named = [], colours, byEnding = [], bars = false, stacked = false } = spec;
  const panel = begin(new PanelBuilder(), spec, queries, 'range')
    .min(0)
    .colorScheme(shades())
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(bars ? 1 : 2)
    .fillOpacity(bars ? 70 : stacked ? 30 : 0)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'))
    .tooltip(
      new VizTooltipOptionsBuilder()
        .mode(TooltipDisplayMode.Multi)
        .sort(stacked ? SortOrder.None : SortOrder.Descending),
    )
    .legend(legendOf(spec));
  for (const override of colourOverrides(
    [...named, ...Object.keys(colours ?? {}), ...queries.map(({ legend }) => legend)],
    colours,
  )) {
    panel.withOverride(override);
  }
  for (const override of endingOverrides(byEnding)) panel.withOverride(override);
  return scaled(panel, spec).build();
};

const scaled = (panel: PanelBuilder, { limit = [], max, logarithmic = false, repeat }: LinesSpec): PanelBuilder => {
  const limits = [limit].flat().sort((one, other) => one - other);
  panel.thresholds(stepsOf([{ colour: 'none' }, ...limits.map((from) => ({ from, colour: 'bad' as const }))]));
  panel.thresholdsStyle(
    new GraphThresholdsStyleConfigBuilder().mode(
      limits.length === 0 ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
    ),
  );
  // An axis that ends below the limit would hide it.
  const highest = limits.at(-1);
  if (highest !== undefined) panel.axisSoftMax(highest);
  if (repeat !== undefined) panel.repeat(repeat.variable).repeatDirection('h').maxPerRow(repeat.across);
  if (max !== undefined) panel.max(max);
  if (logarithmic) panel.scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10));
  return panel;
};

const legendOf = ({ many = false }: LinesSpec): VizLegendOptionsBuilder => {
  const legend = new VizLegendOptionsBuilder().showLegend(true);
  return many
    ? legend
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .calcs(['max', 'lastNotNull'])
        .sortBy('Max')
        .sortDesc(true)
    : legend.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).calcs([]);
};
