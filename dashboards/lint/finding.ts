import type { Board, BoardPanel, Target } from './board.ts';

/** One thing that is wrong with a board: where, what was expected, and what is there instead. */
export interface Finding {
  readonly rule: string;
  readonly board: string;
  readonly panel?: string;
  readonly target?: string;
  readonly expected: string;
  readonly found: string;
}

/** Where something is. */
export interface Place {
  readonly board: Board;
  readonly panel?: BoardPanel;
  readonly target?: Target;
}

export const findingAt = (
  { board, panel, target }: Place,
  rule: string,
  { expected, found }: Pick<Finding, 'expected' | 'found'>,
): Finding => ({
  ...{ rule, board: nameOf(board.title, board.uid), expected, found },
  ...(panel === undefined ? {} : { panel: nameOf(panel.title, panel.id) }),
  ...(target === undefined ? {} : { target: target.refId }),
});

const nameOf = (title: string, id: string | number | undefined): string =>
  `${title === '' ? '(no title)' : title} (${id ?? 'no id'})`;

/** One line for a person. */
export const sayFinding = ({ rule, board, panel, target, expected, found }: Finding): string => {
  const where = [board, ...(panel === undefined ? [] : [panel]), ...(target === undefined ? [] : [target])].join(' › ');
  return `${where}: expected ${expected}, found ${found} [${rule}]`;
};
