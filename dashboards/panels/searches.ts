import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  type Count,
  CountBuilder,
  DataqueryBuilder,
  DateHistogramBuilder,
  type Logs,
  LogsBuilder,
  TermsBuilder,
  TermsOrder,
} from '@grafana/grafana-foundation-sdk/elasticsearch';
import { PanelBuilder as LogsPanelBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { colourOverrides, type PanelWords, shades } from './panel.ts';

/** Where the logs are, as the reader of the board chooses it. */
export const ELASTICSEARCH = { type: 'elasticsearch', uid: '$elasticsearch_datasource' } as const;

const TIME = '@timestamp';
/** Terms beyond these would be lines nobody can tell apart. */
const MOST_TERMS = '10';

interface SearchSpec extends PanelWords {
  /** Lucene. */
  readonly query: string;
}

/** How many lines a search finds over time, by the words of a field. */
export const volume = (
  spec: SearchSpec & {
    /** A field of `elk/elasticsearch/`. */ readonly field: string;
    readonly named?: readonly string[];
  },
): Panel => {
  const { field, named = [], noValue = 'no lines' } = spec;
  const target = new DataqueryBuilder()
    .refId('A')
    .datasource(ELASTICSEARCH)
    .query(spec.query)
    .timeField(TIME)
    .alias(`{{term ${field}}}`)
    .metrics([typed('count', new CountBuilder().id('1'))])
    .bucketAggs([
      new TermsBuilder()
        .id('2')
        .field(field)
        .settings({ order: TermsOrder.Desc, orderBy: '_count', size: MOST_TERMS, min_doc_count: '1' }),
      new DateHistogramBuilder().id('3').field(TIME).settings({ interval: 'auto', min_doc_count: '0' }),
    ]);
  const panel = new PanelBuilder()
    .id(spec.id)
    .title(spec.title)
    .description(spec.description)
    .datasource(ELASTICSEARCH)
    .withTarget(target)
    .unit('short')
    .noValue(noValue)
    .decimals(0)
    .min(0)
    .colorScheme(shades())
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .spanNulls(false)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
  for (const override of colourOverrides(named)) panel.withOverride(override);
  return panel.build();
};

const MOST_LINES = '500';

/** The lines themselves, the newest first; one opens to all its fields. */
export const logLines = ({ id, title, description, query }: SearchSpec): Panel =>
  new LogsPanelBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(ELASTICSEARCH)
    .withTarget(
      new DataqueryBuilder()
        .refId('A')
        .datasource(ELASTICSEARCH)
        .query(query)
        .timeField(TIME)
        .metrics([typed('logs', new LogsBuilder().id('1').settings({ limit: MOST_LINES }))])
        .bucketAggs([]),
    )
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending)
    .build();

/** The SDK (0.0.21) calls every metric `unknown`, of which Grafana makes an empty panel. */
const typed = <T extends Count | Logs>(type: 'count' | 'logs', builder: Builder<T>): Builder<T> => ({
  build: () => ({ ...builder.build(), type }),
});
