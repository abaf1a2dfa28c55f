import { BOARDS, PANELS } from '../../../alerting/links.ts';
import { COLOURS } from '../../panels/colours.ts';
import type { AlertLimit } from '../alert-limits.ts';
import { type Board, type BoardPanel, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';
import { type Expr, parsePromql } from '../promql/parse.ts';
import { namesIn } from '../promql/walk.ts';
import type { SeriesTable } from '../series.ts';
import { printDimension } from '../unit-fit.ts';
import { type Dimension, dimensionIn } from '../units.ts';
import { fillIn, samplesOf } from '../variables.ts';

/** As equal as binary fractions can be. */
export const isSame = (one: number, other: number): boolean =>
  Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other));

/** The line that a panel draws is the one at which its alert fires: no other, and none left out. */
export const lintThresholds = (board: Board, limits: readonly AlertLimit[], series: SeriesTable): readonly Finding[] =>
  panelsOf(board).flatMap((panel) => {
    // Tiles and bars change their colour instead: steps.ts.
    if (panel.type !== 'timeseries') return [];
    const shown = expressionsOn(board, panel);
    const names = new Set(shown.flatMap(namesIn));
    const dimension = shown.map((expr) => dimensionIn(expr, series)).find((one) => one !== undefined);
    const isAbout = (limit: AlertLimit): boolean => limit.series.some((name) => names.has(name));
    const leads = limits.filter((limit) => isPanelOf(limit, board, panel));
    const allowed = [...leads, ...limits.filter(isAbout)];
    // As the alert counts: a panel in per cent draws 5 where the alert says 0.05.
    const drawn = stepsOf(panel).map((value) => value / (dimension?.scale ?? 1));
    const say = (expected: string, found: string): Finding =>
      findingAt({ board, panel }, 'panel-threshold', { expected, found });
    return [
      ...drawn
        .filter((value) => !isAny(value, dimension) && !allowed.some((limit) => isSame(limit.value, value)))
        .map((value) => say(`lines at ${printLimits(allowed)} alone`, `a line at ${value}`)),
      ...coloursOf(panel)
        .filter((colour) => colour !== COLOURS.bad)
        .map((colour) => say(`lines in ${COLOURS.bad}, the colour of a limit`, `one in ${colour}`)),
      ...[...new Set(leads.map(({ alert }) => alert))]
        .map((alert) => leads.filter((limit) => limit.alert === alert && limit.isDrawable && isAbout(limit)))
        // One of several, such as of the windows of a budget, says where it begins.
        .filter((some) => some.length > 0 && !some.some(({ value }) => drawn.some((one) => isSame(value, one))))
        .map((some) =>
          say(`a line at ${printLimits(some)}`, drawn.length === 0 ? 'none' : `lines at ${drawn.join(', ')}`),
        ),
    ];
  });

/** Of counted things, "one or more" is no limit that somebody chose. */
const isAny = (value: number, dimension: Dimension | undefined): boolean =>
  value === 1 && dimension !== undefined && printDimension(dimension).startsWith('{}');

const printLimits = (limits: readonly AlertLimit[]): string => {
  const texts = [...new Set(limits.map(({ alert, value }) => `${value} (${alert})`))];
  return texts.length === 0 ? 'nothing, as no alert has a limit here,' : texts.join(', ');
};

/** Whether the alert of a limit leads to this panel. */
export const isPanelOf = ({ panel: key }: AlertLimit, { uid }: Board, { id }: BoardPanel): boolean =>
  key !== undefined && BOARDS[PANELS[key].board].uid === uid && PANELS[key].id === id;

/** The first step is the colour below all lines. */
const stepsOf = ({ fieldConfig }: BoardPanel): readonly number[] =>
  (fieldConfig.defaults.thresholds?.steps ?? []).flatMap(({ value }) =>
    value === null || value === undefined ? [] : [value],
  );

const coloursOf = ({ fieldConfig }: BoardPanel): readonly string[] =>
  (fieldConfig.defaults.thresholds?.steps ?? []).flatMap(({ value, color = 'none' }) =>
    value === null || value === undefined ? [] : [color],
  );

const expressionsOn = (board: Board, { targets }: BoardPanel): readonly Expr[] =>
  targets.flatMap(({ expr = '' }) => {
    const parsed = parsePromql(fillIn(expr, samplesOf(board)).text);
    return expr !== '' && parsed.ok ? [parsed.expr] : [];
  });
