import { stringify } from 'yaml';
import { type Board, type BoardPanel, panelsOf, readBoard } from './board.ts';

/** A rule of Grafana's linter that does not hold for some panels, or for a board as a whole, and why not. */
interface Exclusion {
  readonly rule: string;
  readonly reason: string;
  readonly board?: (board: Board) => boolean;
  readonly panel?: (panel: BoardPanel) => boolean;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

const EXCLUSIONS: readonly Exclusion[] = [
  {
    rule: 'panel-units-rule',
    reason: 'The linter knows no unit for what is counted there; «suffix:» names it.',
    panel: ({ fieldConfig }) => fieldConfig.defaults.unit?.startsWith('suffix:') === true,
  },
  {
    rule: 'target-instance-rule',
    reason: 'Recorded series and those of alerts are of all instances of a job: they have no such label.',
    panel: ({ targets }) => targets.some(({ expr = '' }) => count(expr, '{') > count(expr, 'instance=~"$instance"')),
  },
  {
    rule: 'target-promql-rule',
    reason: 'Asks Elasticsearch, not Prometheus.',
    panel: ({ targets }) => targets.some(({ datasource }) => datasource?.type === 'elasticsearch'),
  },
  {
    rule: 'template-datasource-rule',
    reason: 'The variable has one name on every board, or links between them would lose it.',
    board: ({ templating }) => templating.list.filter(({ type }) => type === 'datasource').length > 1,
  },
];

/** The `.lint` file that Grafana's dashboard-linter reads beside the boards: what it must not hold against them, and why. */
export const exclusionsOf = (json: readonly unknown[]): string => {
  const boards = json.map(readBoard);
  const exclusions = EXCLUSIONS.map(({ rule, reason, board, panel }) => {
    const entries = boards.flatMap((one) => {
      if (board?.(one) === true) return [{ dashboard: one.title }];
      return panel === undefined
        ? []
        : panelsOf(one)
            .filter(panel)
            .map(({ title }) => ({ dashboard: one.title, panel: title }));
    });
    return [rule, { reason, entries }] as const;
  });
  // A rule without entries would be left out for all.
  return stringify({ exclusions: Object.fromEntries(exclusions.filter(([, { entries }]) => entries.length > 0)) });
};
