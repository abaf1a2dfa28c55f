import { BOARDS, PANELS, type Panel, type PanelKey } from '../../../alerting/links.ts';
import { type Board, panelsOf } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';

/** Every alert leads to a panel that is there, under its title, on a board that knows the variables in the link. */
export const lintLinks = (boards: readonly Board[]): readonly Finding[] => {
  const byUid = new Map(boards.map((board) => [board.uid, board]));
  // Safe: the keys of the table of panels.
  return (Object.keys(PANELS) as PanelKey[]).flatMap((key) => {
    const { board: boardKey, id, title, variables = [] }: Panel = PANELS[key];
    const { uid, title: boardTitle } = BOARDS[boardKey];
    const board = byUid.get(uid);
    const expected = `the panel ${id}, ${title}`;
    if (board === undefined) {
      return [{ rule: 'alert-link', board: `${boardTitle} (${uid})`, expected, found: 'no such board' }];
    }
    const panel = panelsOf(board).find((one) => one.id === id);
    if (panel?.title !== title) {
      return [findingAt({ board }, 'alert-link', { expected, found: panel?.title ?? 'no panel of this number' })];
    }
    const known = board.templating.list.map(({ name }) => name);
    return variables
      .filter((name) => !known.includes(name))
      .map((name) =>
        findingAt({ board, panel }, 'alert-link', { expected: `a variable ${name}`, found: known.join(', ') }),
      );
  });
};
