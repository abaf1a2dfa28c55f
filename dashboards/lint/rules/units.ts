import { type Board, type BoardPanel, isPointer, isWords, type Override, panelsOf, type Target } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';
import { parsePromql } from '../promql/parse.ts';
import { namesIn } from '../promql/walk.ts';
import type { SeriesTable } from '../series.ts';
import { fits, isKnownUnit, printDimension, unitsFor } from '../unit-fit.ts';
import { type Dimension, dimensionIn, dimensionOf } from '../units.ts';
import { fillIn, samplesOf } from '../variables.ts';

/** Pictures of states and lists of lines: what they show is words. */
const WITHOUT_UNIT: readonly string[] = ['state-timeline', 'status-history', 'logs', 'nodeGraph', 'traces'];

/** Every panel says a unit, and it is what the instruments behind its questions are measured in. */
export const lintUnits = (board: Board, series: SeriesTable): readonly Finding[] =>
  panelsOf(board).flatMap((panel) => {
    if (isWords(panel) || WITHOUT_UNIT.includes(panel.type)) return [];
    const units = [panel.fieldConfig.defaults.unit, ...panel.fieldConfig.overrides.map(unitIn)];
    const written = units.filter((unit) => unit !== undefined);
    const isWord = (panel.fieldConfig.defaults.mappings ?? []).length > 0;
    return [
      ...(written.length > 0 || isWord ? [] : [say(board, panel, 'a unit', 'none')]),
      ...written.filter((unit) => !isKnownUnit(unit)).map((unit) => say(board, panel, 'a unit of unit-fit.ts', unit)),
      ...axis(board, panel, series),
      ...panel.targets.flatMap((target) => misfits(board, panel, target, series)),
    ];
  });

const say = (board: Board, panel: BoardPanel, expected: string, found: string): Finding =>
  findingAt({ board, panel }, 'panel-units-rule', { expected, found });

const misfits = (board: Board, panel: BoardPanel, target: Target, series: SeriesTable): readonly Finding[] => {
  const unit = unitOf(panel, target);
  if (unit === undefined || !isKnownUnit(unit) || isPointer(target)) return [];
  const dimension = measured(board, target, series);
  if (dimension === undefined || fits(unit, dimension)) return [];
  const expected = `one of ${unitsFor(dimension).join(', ') || 'no unit'}, for ${printDimension(dimension)}`;
  return [findingAt({ board, panel, target }, 'panel-unit-fits', { expected, found: unit })];
};

/** The height of a heat map is what was observed, while its cells count that. */
const axis = (board: Board, panel: BoardPanel, series: SeriesTable): readonly Finding[] => {
  if (panel.type !== 'heatmap') return [];
  const names = panel.targets.flatMap(({ expr = '' }) => {
    const parsed = parsePromql(fillIn(expr, samplesOf(board)).text);
    return expr !== '' && parsed.ok ? namesIn(parsed.expr) : [];
  });
  const observed = names.map((name) => series.ofObserved(name)).find((one) => one !== undefined);
  const unit = panel.options?.yAxis?.unit;
  if (observed === undefined || (unit !== undefined && fits(unit, observed))) return [];
  return [say(board, panel, `one of ${unitsFor(observed).join(', ')} on the axis`, unit ?? 'none')];
};

const measured = (board: Board, { expr, metrics }: Target, series: SeriesTable): Dimension | undefined => {
  // Of Elasticsearch, as far as it only counts.
  if (expr === undefined) return metrics?.every(({ type }) => type === 'count') ? dimensionOf('{line}') : undefined;
  const parsed = parsePromql(fillIn(expr, samplesOf(board)).text);
  return parsed.ok ? dimensionIn(parsed.expr, series) : undefined;
};

/** The unit of what one question brings: that of an override which names it, else that of the panel. */
export const unitOf = ({ fieldConfig }: BoardPanel, target: Target): string | undefined =>
  fieldConfig.overrides
    .filter((override) => isAbout(override, target))
    .map(unitIn)
    .findLast((unit) => unit !== undefined) ?? fieldConfig.defaults.unit;

const unitIn = ({ properties }: Override): string | undefined => {
  const value = properties.find(({ id }) => id === 'unit')?.value;
  return typeof value === 'string' ? value : undefined;
};

/** Whether an override changes what one question brings. */
export const isAbout = ({ matcher: { id, options } }: Override, { refId, legendFormat = '' }: Target): boolean => {
  if (typeof options !== 'string') return false;
  if (id === 'byFrameRefID') return options === refId;
  if (id === 'byName') return options === legendFormat || options === `Value #${refId}`;
  if (id !== 'byRegexp') return false;
  const [, pattern = options] = /^\/(.*)\/\w*$/.exec(options) ?? [];
  return new RegExp(pattern).test(legendFormat);
};
