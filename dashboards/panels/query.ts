import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Expression } from './expression.ts';

/** Where Prometheus is, as the reader of the board chooses it. */
export const PROMETHEUS = { type: 'prometheus', uid: '$datasource' } as const;

/** What one line, tile or row of a panel asks, and what it is called. */
export interface Query {
  readonly expr: Expression;
  /** A word, or `{{label}}`. */
  readonly legend: string;
  /** Draws points that lead to a trace. */
  readonly exemplars?: boolean;
  /** Reads more often than rules record: its recorded series only complete it. */
  readonly fine?: boolean;
}

export type Form = 'range' | 'instant' | 'table' | 'heatmap';

const FORMATS = {
  range: PromQueryFormat.TimeSeries,
  instant: PromQueryFormat.TimeSeries,
  table: PromQueryFormat.Table,
  heatmap: PromQueryFormat.Heatmap,
} as const satisfies Record<Form, PromQueryFormat>;

/** Recorded series have a value a minute: a shorter step would find none in most of them. */
const RECORDED_EVERY = '1m';

/** The queries of a panel as Grafana sends them. */
export const targetsOf = (queries: readonly Query[], form: Form): readonly DataqueryBuilder[] =>
  queries.map(({ expr, legend, exemplars = false }, index) => {
    const query = new DataqueryBuilder().refId(refId(index)).datasource(PROMETHEUS);
    query.expr(expr.text).legendFormat(legend).format(FORMATS[form]);
    if (form === 'range' || form === 'heatmap') query.range();
    else query.instant();
    return exemplars ? query.exemplar(true) : query;
  });

/** The shortest step of a panel; undefined where every scrape may be one. */
export const shortestStep = (queries: readonly Query[]): string | undefined =>
  queries.some(({ expr, fine = false }) => !fine && /\b[a-z_]+:\w+:\w+/.test(expr.text)) ? RECORDED_EVERY : undefined;

const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);
