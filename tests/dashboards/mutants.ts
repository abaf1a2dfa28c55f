import { type Board, type BoardPanel, panelsOf, readBoard } from '../../dashboards/lint/board.ts';
import { parsePromql } from '../../dashboards/lint/promql/parse.ts';
import { namesIn } from '../../dashboards/lint/promql/walk.ts';
import { unitOf } from '../../dashboards/lint/rules/units.ts';
import { fillIn, samplesOf } from '../../dashboards/lint/variables.ts';
import { COLOURS, MEANINGS } from '../../dashboards/panels/colours.ts';

/** A board with one mistake in it, such as somebody makes who edits it. */
export interface Mutant {
  readonly mistake: 'metric' | 'matcher' | 'unit' | 'threshold' | 'nulls' | 'colour' | 'place';
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
  ...nullChanges(panel),
  ...colourChanges(panel),
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

/** Every number at which something changes, of the panel and of each override. */
const thresholdChanges = (panel: BoardPanel): readonly Change[] =>
  stepsIn(panel).flatMap((steps, list) =>
    steps.flatMap(({ value }, index): Change[] => {
      if (value === null || value === undefined) return [];
      const other = value === 0 ? 0.1 : value * 1.1;
      return [
        {
          ...{ mistake: 'threshold', what: `the step at ${value} is at ${other}` },
          change(changed) {
            const step = stepsIn(changed)[list]?.[index];
            if (step !== undefined) step.value = other;
          },
        },
        {
          ...{ mistake: 'threshold', what: `the step at ${value} has another colour` },
          change(changed) {
            const step = stepsIn(changed)[list]?.[index];
            if (step !== undefined) step.color = step.color === COLOURS.input ? COLOURS.output : COLOURS.input;
          },
        },
      ];
    }),
  );

type Steps = NonNullable<BoardPanel['fieldConfig']['defaults']['thresholds']>['steps'];

const stepsIn = ({ fieldConfig: { defaults, overrides } }: BoardPanel): readonly Steps[] => [
  defaults.thresholds?.steps ?? [],
  ...overrides.flatMap(({ properties }) =>
    // Safe: that is what an override of thresholds holds.
    properties.flatMap(({ id, value }) => (id === 'thresholds' ? [(value as { steps: Steps }).steps] : [])),
  ),
];

/** What stands where there is no value, and what is drawn across a gap. */
const nullChanges = ({ fieldConfig: { defaults } }: BoardPanel): readonly Change[] => [
  ...(defaults.noValue === undefined
    ? []
    : [changedTo('nothing is said where there is nothing', (changed) => void delete changed.noValue)]),
  ...(defaults.custom?.spanNulls === undefined
    ? []
    : [
        changedTo('a line goes over gaps', ({ custom }) => {
          if (custom !== undefined) custom.spanNulls = true;
        }),
      ]),
];

type Defaults = BoardPanel['fieldConfig']['defaults'];

const changedTo = (what: string, change: (defaults: Defaults) => void): Change => ({
  ...{ mistake: 'nulls', what },
  change: ({ fieldConfig }) => change(fieldConfig.defaults),
});

/** A word in the colour of another. */
const colourChanges = ({ fieldConfig: { overrides } }: BoardPanel): readonly Change[] =>
  overrides.flatMap(({ matcher, properties }, index) =>
    properties.flatMap(({ id }, place): Change[] => {
      const word = String(matcher.options);
      if (id !== 'color' || matcher.id !== 'byName' || MEANINGS[word] === undefined) return [];
      return [
        {
          ...{ mistake: 'colour', what: `${word} has another colour` },
          change(changed) {
            const property = changed.fieldConfig.overrides[index]?.properties[place];
            const fixedColor = MEANINGS[word] === 'each' ? COLOURS.bad : COLOURS.each;
            if (property !== undefined) property.value = { mode: 'fixed', fixedColor };
          },
        },
      ];
    }),
  );

type Grid = NonNullable<BoardPanel['gridPos']>;

const moved = (what: string, move: (grid: Grid) => Grid): Change => ({
  ...{ mistake: 'place', what },
  change(panel) {
    if (panel.gridPos !== undefined) Object.assign(panel.gridPos, move(panel.gridPos));
  },
});
