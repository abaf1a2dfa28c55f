import type { Board, BoardPanel } from '../board.ts';
import { type Finding, findingAt } from '../finding.ts';

const COLUMNS = 24;
/**
 * Grid lines that a window shows at 1920 × 1080: 30 px a line and 8 px between them, and of the 1080 the browser and the
 * bars of Grafana take some 180.
 */
const LINES_OF_A_SCREEN = 23;
const MOST_SCREENS = 3;

/** The grid: 24 columns, nothing over another, no hole in a row, three screens at most, details folded away. */
export const lintLayout = (board: Board): readonly Finding[] => {
  const folded = board.panels.filter(({ type, panels }) => type === 'row' && panels.length > 0);
  return [
    ...arranged(board, board.panels),
    // The panels of a folded row stand below it as if it were open.
    ...folded.flatMap((row) => arranged(board, row.panels)),
    ...height(board),
    ...rows(board),
  ];
};

const arranged = (board: Board, panels: readonly BoardPanel[]): readonly Finding[] => {
  const misplaced = panels.filter((panel) => !isInGrid(panel));
  if (misplaced.length > 0) {
    return misplaced.map((panel) =>
      findingAt({ board, panel }, 'layout-grid', {
        expected: `a place of whole lines within ${COLUMNS} columns`,
        found: printGrid(panel),
      }),
    );
  }
  const top = Math.min(...panels.map(({ gridPos }) => gridPos?.y ?? 0));
  const owners = new Map<string, BoardPanel>();
  const overlaps = new Map<BoardPanel, BoardPanel>();
  for (const panel of panels) {
    for (const cell of cellsOf(panel)) {
      const owner = owners.get(cell);
      if (owner !== undefined) overlaps.set(panel, owner);
      owners.set(cell, panel);
    }
  }
  return [
    ...[...overlaps].map(([panel, other]) =>
      findingAt({ board, panel }, 'layout-overlap', {
        expected: 'room of its own',
        found: `${printGrid(panel)}, where ${other.title} has ${printGrid(other)}`,
      }),
    ),
    ...holes(board, { top, bottom: bottomOf(panels), owners }),
  ];
};

const isInGrid = ({ gridPos }: BoardPanel): boolean => {
  if (gridPos === undefined) return false;
  const { x, y, w, h } = gridPos;
  return [x, y, w, h].every(Number.isInteger) && x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= COLUMNS;
};

const printGrid = ({ gridPos }: BoardPanel): string =>
  gridPos === undefined ? 'no place' : `x ${gridPos.x}, y ${gridPos.y}, w ${gridPos.w}, h ${gridPos.h}`;

const cellsOf = ({ gridPos = { x: 0, y: 0, w: 0, h: 0 } }: BoardPanel): readonly string[] =>
  Array.from({ length: gridPos.w * gridPos.h }, (_, index) => {
    const [column, line] = [index % gridPos.w, Math.floor(index / gridPos.w)];
    return `${gridPos.x + column},${gridPos.y + line}`;
  });

const bottomOf = (panels: readonly BoardPanel[]): number =>
  Math.max(0, ...panels.map(({ gridPos }) => (gridPos === undefined ? 0 : gridPos.y + gridPos.h)));

interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly owners: ReadonlyMap<string, BoardPanel>;
}

const holes = (board: Board, { top, bottom, owners }: Area): readonly Finding[] => {
  for (let y = top; y < bottom; y += 1) {
    for (let x = 0; x < COLUMNS; x += 1) {
      if (owners.has(`${x},${y}`)) continue;
      const beside = owners.get(`${x - 1},${y}`) ?? owners.get(`${x},${y - 1}`);
      const place = beside === undefined ? { board } : { board, panel: beside };
      // One is enough: whatever closes it moves the others.
      return [findingAt(place, 'layout-hole', { expected: 'no hole beside it', found: `nothing at x ${x}, y ${y}` })];
    }
  }
  return [];
};

const height = (board: Board): readonly Finding[] => {
  const most = MOST_SCREENS * LINES_OF_A_SCREEN;
  const lines = bottomOf(board.panels);
  if (lines <= most) return [];
  const expected = `at most ${MOST_SCREENS} screens of 1080p, ${most} lines, before a row is opened`;
  return [findingAt({ board }, 'layout-height', { expected, found: `${lines} lines` })];
};

/** An open row that holds panels itself loses them in Grafana; one that is folded and empty shows nothing when opened. */
const rows = (board: Board): readonly Finding[] =>
  board.panels
    .filter(({ type, collapsed, panels }) => type === 'row' && collapsed === (panels.length === 0))
    .map((panel) =>
      findingAt({ board, panel }, 'layout-row', {
        expected: panel.collapsed ? 'panels in a folded row' : 'the panels of an open row beside it',
        found: `${panel.panels.length} in it`,
      }),
    );
