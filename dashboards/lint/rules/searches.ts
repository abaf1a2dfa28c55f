import { type Board, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';

/** What Grafana can have Elasticsearch compute, as far as our boards use it. */
const KNOWN: readonly string[] = [
  'count',
  'logs',
  'raw_data',
  'avg',
  'min',
  'max',
  'sum',
  'cardinality',
  'percentiles',
];

/** Questions to Elasticsearch: each computes something that Grafana knows; of anything else it makes an empty panel. */
export const lintSearches = (board: Board): readonly Finding[] =>
  panelsOf(board).flatMap((panel) =>
    panel.targets.flatMap((target) =>
      (target.metrics ?? [])
        .filter(({ type }) => !KNOWN.includes(type))
        .map(({ type }) =>
          findingAt({ board, panel, target }, 'target-search-metric', {
            expected: `one of ${KNOWN.join(', ')}`,
            found: type,
          }),
        ),
    ),
  );
