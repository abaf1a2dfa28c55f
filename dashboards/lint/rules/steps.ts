import { recorded } from '../../../alerting/rules/series.ts';
import { COLOURS } from '../../panels/colours.ts';
import type { Step } from '../../panels/panel.ts';
import { SCALES } from '../../panels/scales.ts';
import type { AlertLimit } from '../alert-limits.ts';
import { type Board, type BoardPanel, panelsOf, stepsSchema, type Target } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';
import { parsePromql } from '../promql/parse.ts';
import { namesIn } from '../promql/walk.ts';
import type { SeriesTable } from '../series.ts';
import { dimensionIn } from '../units.ts';
import { fillIn, samplesOf } from '../variables.ts';
import { isPanelOf, isSame } from './thresholds.ts';
import { isAbout } from './units.ts';

type Steps = readonly { readonly value?: number | null | undefined; readonly color?: string | undefined }[];

/** What changes its colour at numbers, in the units of the catalogue: a panel, or what an override of it is about. */
interface Scaled {
  readonly names: readonly string[];
  readonly steps: Steps;
}

/** Numbers that are coloured rather than drawn: pictures over time have lines, which thresholds.ts looks at. */
const TYPES: readonly string[] = ['stat', 'gauge', 'bargauge', 'table'];

/** Colours change where the alert about the series begins, in red beyond it; where no alert is, as scales.ts says. */
export const lintSteps = (board: Board, limits: readonly AlertLimit[], series: SeriesTable): readonly Finding[] =>
  panelsOf(board)
    .filter(({ type }) => TYPES.includes(type))
    .flatMap((panel) => {
      const scaled = scaledIn(board, panel, series);
      const say = (expected: string, found: string): Finding =>
        findingAt({ board, panel }, 'panel-steps', { expected, found });
      const leading = limits.filter((limit) => limit.isDrawable && isPanelOf(limit, board, panel));
      return [
        ...scaled.flatMap((one) => judge(one, limits).map((expected) => say(expected, printSteps(one.steps)))),
        ...leading
          .filter(({ value }) => !scaled.some(({ steps }) => steps.some((step) => isAt(step, value))))
          .map(({ value, alert }) => say(`a step at ${value} (${alert})`, scaled.map(printOf).join('; ') || 'none')),
      ];
    });

/** What should be there instead; nothing where all is well. */
const judge = ({ names, steps }: Scaled, limits: readonly AlertLimit[]): readonly string[] => {
  const about = limits.filter(({ isDrawable, series }) => isDrawable && series.some((name) => names.includes(name)));
  if (about.length === 0) return judgeScale({ names, steps });
  const strange = steps.filter((step) => isNumber(step) && !about.some(({ value }) => isAt(step, value)));
  return [
    ...(strange.length === 0 ? [] : [`steps at ${about.map(printLimit).join(', ')} alone`]),
    ...about
      .filter((limit) => !isRedBeyond(steps, limit))
      .map((limit) => `green up to the limit, red ${printLimit(limit)}`),
  ];
};

const judgeScale = ({ names, steps }: Scaled): readonly string[] => {
  const scale = Object.values(SCALES).find(({ of }) => names.includes(recorded(of)));
  if (scale === undefined) return ['steps where an alert begins, or a scale of dashboards/panels/scales.ts'];
  const expected = scale.steps.map(({ colour, ...step }: Step) => ({
    value: step.from ?? null,
    color: colour === 'none' ? 'transparent' : COLOURS[colour],
  }));
  return printSteps(expected) === printSteps(steps) ? [] : [printSteps(expected)];
};

/** Whether the colours on both sides of the limit say what the alert does; false where no step is at it. */
const isRedBeyond = (steps: Steps, { value, beyond }: AlertLimit): boolean => {
  const at = steps.findIndex((step) => isAt(step, value));
  if (at < 1) return false;
  const colours = [steps[at - 1]?.color, steps[at]?.color];
  const [fine, firing] = beyond === 'above' ? colours : colours.toReversed();
  return fine === COLOURS.good && firing === COLOURS.bad;
};

const isNumber = ({ value }: Steps[number]): boolean => typeof value === 'number';
const isAt = ({ value }: Steps[number], limit: number): boolean => typeof value === 'number' && isSame(value, limit);

const printLimit = ({ beyond, value, alert }: AlertLimit): string => `${beyond} ${value} (${alert})`;
const printSteps = (steps: Steps): string => steps.map(({ value, color }) => `${value ?? 'first'} ${color}`).join(', ');
const printOf = ({ steps }: Scaled): string => printSteps(steps);

const scaledIn = (board: Board, panel: BoardPanel, series: SeriesTable): readonly Scaled[] => {
  const { defaults, overrides } = panel.fieldConfig;
  const own = overrides.flatMap((override) => {
    const thresholds = override.properties.find(({ id }) => id === 'thresholds')?.value;
    return thresholds === undefined ? [] : [{ override, steps: stepsSchema.parse(thresholds).steps }];
  });
  const targetsOf = (override: (typeof own)[number]['override']): readonly Target[] =>
    panel.targets.filter((target) => isAbout(override, target));
  const others = panel.targets.filter((target) => !own.some(({ override }) => isAbout(override, target)));
  return [
    { targets: others, steps: defaults.thresholds?.steps ?? [] },
    ...own.map(({ override, steps }) => ({ targets: targetsOf(override), steps })),
  ]
    .filter(({ steps }) => steps.some(isNumber))
    .map(({ targets, steps }) => measured(board, targets, steps, series));
};

/** A panel in per cent has 5 where the alert says 0.05. */
const measured = (board: Board, targets: readonly Target[], steps: Steps, series: SeriesTable): Scaled => {
  const shown = targets.flatMap(({ expr = '' }) => {
    const parsed = parsePromql(fillIn(expr, samplesOf(board)).text);
    return expr !== '' && parsed.ok ? [parsed.expr] : [];
  });
  const scale = shown.map((expr) => dimensionIn(expr, series)?.scale).find((one) => one !== undefined) ?? 1;
  return {
    names: [...new Set(shown.flatMap(namesIn))],
    steps: steps.map(({ value, color }) => ({ value: typeof value === 'number' ? value / scale : value, color })),
  };
};
