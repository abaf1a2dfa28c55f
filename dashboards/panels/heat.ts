import { AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { COLOURS } from './colours.ts';
import { begin, type PanelWords } from './panel.ts';
import type { Query } from './query.ts';
import { grafanaUnit } from './units.ts';

/** How a distribution changes: the darker a cell, the more fell into it. Points are single requests that lead to their trace. */
export const heat = (spec: PanelWords & { readonly queries: readonly Query[] }): Panel =>
  begin(new PanelBuilder(), spec, spec.queries, 'heatmap', grafanaUnit('{request}/s'))
    .calculate(false)
    .yAxis(
      new YAxisConfigBuilder().axisPlacement(AxisPlacement.Left).unit(grafanaUnit(spec.queries[0]?.expr.unit ?? '1')),
    )
    // One colour by its strength: readable without seeing hues, and on both backgrounds.
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Opacity).fill(COLOURS.each).exponent(0.5))
    .exemplarsColor(COLOURS.bad)
    .cellGap(1)
    .showLegend()
    .build();
