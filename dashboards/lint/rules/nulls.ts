import { type Board, type BoardPanel, isWords, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';

/** Lists of lines say by themselves that there are none. */
const WITHOUT_VALUES: readonly string[] = ['logs', 'nodeGraph', 'traces'];
const OVER_TIME: readonly string[] = ['timeseries', 'state-timeline'];

/** Absent is neither zero nor failed: where there is nothing a panel says so in words, and over time there is a gap. */
export const lintNulls = (board: Board): readonly Finding[] =>
  panelsOf(board).flatMap((panel) =>
    isWords(panel) || WITHOUT_VALUES.includes(panel.type) ? [] : nullsOf(board, panel),
  );

const nullsOf = (board: Board, panel: BoardPanel): readonly Finding[] => {
  const { noValue = '', custom } = panel.fieldConfig.defaults;
  const say = (expected: string, found: string): Finding =>
    findingAt({ board, panel }, 'panel-nulls', { expected, found });
  return [
    ...(/[a-z]/i.test(noValue) ? [] : [say('words where there is no value', noValue === '' ? 'none' : noValue)]),
    ...(!OVER_TIME.includes(panel.type) || custom?.spanNulls === false
      ? []
      : [say('a gap where nothing was known (spanNulls false)', `${custom?.spanNulls ?? 'nothing said'}`)]),
  ];
};
