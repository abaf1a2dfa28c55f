import { readBoards } from '../../dashboards/json-files.ts';
import { panelsOf, readBoard, type Target } from '../../dashboards/lint/board.ts';
import { fillIn } from '../../dashboards/lint/variables.ts';

interface Aggregation {
  readonly id: string;
  readonly type: string;
  readonly field: string;
  readonly settings: { readonly size?: string; readonly min_doc_count?: string };
}

const TIME = '@timestamp';

/** Milliseconds since 1970. */
export interface Range {
  readonly gte: number;
  readonly lte: number;
}

/** The buckets of a search, each inside the one before, as the data source of Grafana writes them. */
const bucketsOf = ([first, ...rest]: readonly Aggregation[], range: Range): object => {
  if (first === undefined) return {};
  const { id, type, field, settings } = first;
  const minimum = { min_doc_count: Number(settings.min_doc_count ?? 0) };
  const own =
    type === 'terms'
      ? { terms: { field, size: Number(settings.size), order: { _count: 'desc' }, ...minimum } }
      : {
          date_histogram: {
            ...{ field, fixed_interval: '10s', format: 'epoch_millis', ...minimum },
            extended_bounds: { min: range.gte, max: range.lte },
          },
        };
  return { aggs: { [id]: { ...own, ...bucketsOf(rest, range) } } };
};

/** The search that Grafana makes of a target, every variable «all». */
export const searchOf = ({ query = '', bucketAggs }: Target, range: Range): object => {
  // Safe: every target of ours is built by dashboards/panels/searches.ts, and the schema finds what is none.
  const buckets = (bucketAggs ?? []) as readonly Aggregation[];
  const { text } = fillIn(query, () => '*');
  const words = text === '' ? [] : [{ query_string: { analyze_wildcard: true, query: text } }];
  const sort = [{ [TIME]: { order: 'desc', unmapped_type: 'boolean' } }];
  return {
    query: { bool: { filter: [{ range: { [TIME]: { ...range, format: 'epoch_millis' } } }, ...words] } },
    ...(buckets.length === 0 ? { size: 500, sort } : { size: 0, ...bucketsOf(buckets, range) }),
  };
};

/** Everything that the boards ask of Elasticsearch, with the panel that does. */
export const SEARCHES = readBoards()
  .map(readBoard)
  .flatMap(panelsOf)
  .flatMap(({ title, targets: all }) =>
    all.filter(({ metrics }) => metrics !== undefined).map((target) => ({ title, target })),
  );
