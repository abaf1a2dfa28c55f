import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { begin, overrideOf, type PanelWords, type Step, stepsOf, type Word, wordsFor } from './panel.ts';
import type { Query } from './query.ts';
import { grafanaUnit } from './units.ts';

/** A column: a label of the series, or one of the queries by its legend. */
export interface Column {
  readonly of: string;
  readonly title: string;
  readonly steps?: readonly Step[];
  /** What its numbers stand for. */
  readonly states?: Readonly<Record<number, Word>>;
}

export interface TableSpec extends PanelWords {
  readonly queries: readonly Query[];
  readonly columns: readonly Column[];
  readonly sortBy?: { readonly title: string; readonly largestFirst: boolean };
}

/** Rows to read: a row for each series. Queries with the same labels share one. */
export const table = (spec: TableSpec): Panel => {
  const { queries, columns, sortBy } = spec;
  const panel = begin(new PanelBuilder(), spec, queries, 'table', 'short').filterable(true).showHeader(true);
  if (queries.length > 1) panel.withTransformation({ id: 'merge', options: {} });
  panel.withTransformation({ id: 'organize', options: organised(queries, columns) });
  if (sortBy !== undefined)
    panel.withTransformation({
      id: 'sortBy',
      options: { fields: {}, sort: [{ field: sortBy.title, desc: sortBy.largestFirst }] },
    });
  for (const { of, title, steps, states } of columns) {
    const unit = queries.find(({ legend }) => legend === of)?.expr.unit;
    const properties = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: grafanaUnit(unit) }]),
      ...(steps === undefined
        ? []
        : [
            { id: 'thresholds', value: stepsOf(steps).build() },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
            { id: 'color', value: { mode: 'thresholds' } },
          ]),
      ...(states === undefined
        ? []
        : [
            { id: 'mappings', value: [wordsFor(states)] },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ];
    if (properties.length > 0) panel.withOverride(overrideOf(title, ...properties));
  }
  return panel.build();
};

/** Prometheus calls the value of a query in a table `Value #A`, and that of a single one `Value`. */
const organised = (queries: readonly Query[], columns: readonly Column[]) => {
  const fieldOf = (name: string): string => {
    const index = queries.findIndex(({ legend }) => legend === name);
    if (index < 0) return name;
    return queries.length === 1 ? 'Value' : `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`;
  };
  return {
    includeByName: Object.fromEntries(columns.map(({ of }) => [fieldOf(of), true])),
    indexByName: Object.fromEntries(columns.map(({ of }, index) => [fieldOf(of), index])),
    renameByName: Object.fromEntries(columns.map(({ of, title }) => [fieldOf(of), title])),
    excludeByName: {},
  };
};
