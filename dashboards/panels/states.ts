import { VisibilityMode, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { begin, type PanelWords, stepsOf, type Word, wordsFor } from './panel.ts';
import type { Query } from './query.ts';

export interface StatesSpec extends PanelWords {
  readonly queries: readonly Query[];
  /** What each number stands for. */
  readonly states: Readonly<Record<number, Word>>;
}

/** Which state something was in, and since when: a band for each thing. Nothing is drawn where nothing was known. */
export const states = (spec: StatesSpec): Panel =>
  begin(new PanelBuilder(), spec, spec.queries, 'range')
    .mappings([wordsFor(spec.states)])
    .thresholds(stepsOf([{ colour: 'neutral' }]))
    .mergeValues(true)
    .spanNulls(false)
    .fillOpacity(85)
    .lineWidth(0)
    .rowHeight(0.85)
    .showValue(VisibilityMode.Auto)
    .legend(new VizLegendOptionsBuilder().showLegend(false))
    .build();
