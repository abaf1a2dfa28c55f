import { alertingRules } from '../../alerting/rules/render.ts';
import { recorded, SERIES } from '../../alerting/rules/series.ts';
import { GROUPS } from '../../alerting/rules/table.ts';
import { type RuleConfig, tuningOf } from '../../alerting/rules/tuning.ts';
import { METRICS } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import { RAISE } from '../../elk/anomaly/detect/alarm.ts';
import { type AlertLimit, limitsOf } from './alert-limits.ts';
import { type Board, readBoard } from './board.ts';
import type { Finding } from './finding.ts';
import { lintBoard } from './rules/board.ts';
import { lintColours } from './rules/colours.ts';
import { lintLayout } from './rules/layout.ts';
import { lintLinks } from './rules/links.ts';
import { lintNulls } from './rules/nulls.ts';
import { lintSearches } from './rules/searches.ts';
import { lintSteps } from './rules/steps.ts';
import { lintTargets } from './rules/targets.ts';
import { lintThresholds } from './rules/thresholds.ts';
import { lintUnits } from './rules/units.ts';
import { lintVariables } from './rules/variables.ts';
import { type SeriesTable, seriesTable } from './series.ts';

/** What boards are held against: the series there can be, and the limits of the alerts. */
export interface World {
  readonly series: SeriesTable;
  readonly limits: readonly AlertLimit[];
}

/** The world of a configuration: what its rules record, and at what its alerts fire. */
export const worldOf = (config: RuleConfig): World => {
  const tuning = tuningOf(config);
  const series = seriesTable(GROUPS.flatMap(({ recordings }) => recordings(tuning)));
  const limits = GROUPS.flatMap(({ alerts }) =>
    alerts.flatMap((alert) => limitsOf(alert, alertingRules(alert, tuning), series)),
  );
  return { series, limits: [...limits, ...objectivesOf(config)] };
};

/** What is promised has a line too, in every panel that shows what the promise is about. */
const objectivesOf = ({ slo }: RuleConfig): readonly AlertLimit[] => {
  const firstTokens = [...METRIC_NAMES, ...Object.values(SERIES).map(({ record }) => record)].filter((name) =>
    name.includes('time_to_first_token'),
  );
  const value = slo.latency.firstTokenMs / 1000;
  const scores = [wireName(METRICS.anomalyScore), recorded('anomalyScore')];
  return [
    { alert: 'objective of latency', series: firstTokens, value, beyond: 'above', isDrawable: false },
    // The detector decides, and its alert only asks whether it did.
    { alert: 'detector of the unusual', series: scores, value: RAISE.score, beyond: 'above', isDrawable: false },
  ];
};

const METRIC_NAMES = ['bucket', 'count', 'sum'].map((part) => `${wireName(METRICS.timeToFirstToken)}_${part}`);

/** Everything that is wrong with one board by itself. */
export const lintOne = (board: Board, { series, limits }: World): readonly Finding[] => [
  ...lintBoard(board),
  ...lintVariables(board),
  ...lintTargets(board, series),
  ...lintSearches(board),
  ...lintUnits(board, series),
  ...lintThresholds(board, limits, series),
  ...lintSteps(board, limits, series),
  ...lintNulls(board),
  ...lintLayout(board),
];

/** Everything that is wrong with the boards, read from their JSON. */
export const lintBoards = (json: readonly unknown[], world: World): readonly Finding[] => {
  const boards = json.map(readBoard);
  return [...boards.flatMap((board) => lintOne(board, world)), ...lintColours(boards), ...lintLinks(boards)];
};
