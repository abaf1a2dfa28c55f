import { type Board, type BoardPanel, panelsOf, readBoard } from '../../dashboards/lint/board.ts';
import { parsePromql } from '../../dashboards/lint/promql/parse.ts';
import { namesIn } from '../../dashboards/lint/promql/walk.ts';
import { unitOf } from '../../dashboards/lint/rules/units.ts';
import { fillIn, samplesOf } from '../../dashboards/lint/variables.ts';

/** A board with one mistake in it, such as somebody makes who edits it. */
export interface Mutant {
  readonly mistake: 'metric' | 'matcher' | 'unit' | 'threshold' | 'place';
  /** The panel, and what was done to it. */
  readonly where: string;
  readonly json: unknown;
}

/** Every board with one mistake of each kind in each of its panels. */
export const mutantsOf = (json: unknown): readonly Mutant[] => {
  const board = readBoard(json);
  return panelsOf(board).flatMap((panel, index) =>
    changesOf(board, panel).map(({ mistake, what, change }) => {
      const copy = structuredClone(board);
      const changed = panelsOf(copy)[index];
      if (changed !== undefined) change(changed);
      return { mistake, where: `${board.title} › ${panel.title}: ${what}`, json: copy };
    }),
  );
};

interface Change {
  readonly mistake: Mutant['mistake'];
  readonly what: string;
  readonly change: (panel: BoardPanel) => void;
}

const changesOf = (board: Board, panel: BoardPanel): readonly Change[] => [
  ...panel.targets.flatMap(({ expr = '' }, index) => [
    ...namesOf(board, expr).map((name) => edited('metric', index, name, `${name}x`)),
    ...MATCHERS.filter((matcher) => expr.includes(matcher)).map((matcher) => edited('matcher', index, matcher, '')),
  ]),
  ...unitChanges(panel),
  ...thresholdChanges(panel),
  moved('a column to the right', (grid) => ({ ...grid, x: grid.x + 1 })),
  // One that has a row for itself may be of any height.
  ...(panel.gridPos?.w === 24 ? [] : [moved('a line longer', (grid) => ({ ...grid, h: grid.h + 1 }))]),
];

/** As `dashboards/panels/labels.ts` writes them, each with what parts it from the next. */
const MATCHERS = ['job=~"$job"', 'instance=~"$instance"'].flatMap((text) => [`${text},`, `,${text}`]);

const namesOf = (board: Board, expr: string): readonly string[] => {
  const parsed = parsePromql(fillIn(expr, samplesOf(board)).text);
  return expr !== '' && parsed.ok ? namesIn(parsed.expr) : [];
};

const edited = (mistake: Mutant['mistake'], index: number, from: string, to: string): Change => ({
  ...{ mistake, what: `${from} became ${to === '' ? 'nothing' : to}` },
  change({ targets }) {
    const target = targets[index];
    if (target?.expr !== undefined) target.expr = target.expr.replace(from, to);
  },
});

/** Pictures of states show words, whatever the unit. */
const unitChanges = (panel: BoardPanel): readonly Change[] => {
  const { type, targets } = panel;
  const { unit } = panel.fieldConfig.defaults;
  if (unit === undefined || type === 'state-timeline' || type === 'status-history') return [];
  const other = unit === 'celsius' ? 'watt' : 'celsius';
  const wrong = {
    ...panel,
    fieldConfig: { ...panel.fieldConfig, defaults: { ...panel.fieldConfig.defaults, unit: other } },
  };
  // Where every column of a table has its own, that of the whole is never seen.
  if (targets.every((target) => unitOf(wrong, target) === unitOf(panel, target))) return [];
  return [
    {
      ...{ mistake: 'unit', what: `${unit} became ${other}` },
      change: (changed) => {
        changed.fieldConfig.defaults.unit = other;
      },
    },
  ];
};

/** Lines across a picture; the colours of tiles are no limits. */
const thresholdChanges = ({ type, fieldConfig }: BoardPanel): readonly Change[] =>
  (type === 'timeseries' ? (fieldConfig.defaults.thresholds?.steps ?? []) : []).flatMap(
    ({ value }, index): Change[] => {
      if (value === null || value === undefined) return [];
      return [
        {
          ...{ mistake: 'threshold', what: `the line at ${value} is a tenth higher` },
          change(panel) {
            const step = panel.fieldConfig.defaults.thresholds?.steps[index];
            if (step !== undefined) step.value = value * 1.1;
          },
        },
      ];
    },
  );

type Grid = NonNullable<BoardPanel['gridPos']>;

const moved = (what: string, move: (grid: Grid) => Grid): Change => ({
  ...{ mistake: 'place', what },
  change(panel) {
    if (panel.gridPos !== undefined) Object.assign(panel.gridPos, move(panel.gridPos));
  },
});
