import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { Colour } from './colours.ts';
import {
  begin,
  colourOverrides,
  overrideOf,
  type PanelWords,
  type Step,
  stepsOf,
  type Word,
  wordsFor,
} from './panel.ts';
import type { Query } from './query.ts';

export interface TileSpec extends PanelWords {
  readonly queries: readonly Query[];
  readonly steps: readonly Step[];
  /** Those of single tiles, by their name. */
  readonly own?: Readonly<Record<string, readonly Step[]>>;
  /** Colours of tiles by their name, whatever their number. */
  readonly colours?: Readonly<Record<string, Colour>>;
  readonly states?: Readonly<Record<number, Word>>;
  /** Draws the way to the number behind it. */
  readonly trend?: boolean;
  readonly decimals?: number;
}

/** One number that is read from across the room, or one for each thing. */
export const tile = (spec: TileSpec): Panel => {
  const { queries, steps, own = {}, states, colours = {}, trend = false, decimals } = spec;
  const panel = begin(new PanelBuilder(), spec, queries, trend ? 'range' : 'instant')
    .thresholds(stepsOf(steps))
    .colorMode(BigValueColorMode.Value)
    .graphMode(trend ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(
      queries.length > 1 || queries.some(({ legend }) => legend.includes('{{'))
        ? BigValueTextMode.ValueAndName
        : BigValueTextMode.Value,
    )
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  for (const override of colourOverrides(Object.keys(colours), colours)) panel.withOverride(override);
  for (const [name, steps] of Object.entries(own)) {
    panel.withOverride(overrideOf(name, { id: 'thresholds', value: stepsOf(steps).build() }));
  }
  if (decimals !== undefined) panel.decimals(decimals);
  if (states !== undefined) panel.mappings([wordsFor(states)]);
  return panel.build();
};
