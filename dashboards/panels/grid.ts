import type { GridPos, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

/** Columns of the grid of Grafana. */
export const COLUMNS = 24;

/** Panels side by side, as wide as they say, all of one height, and filling the row. */
export interface Band {
  readonly height: number;
  readonly panels: readonly Sized[];
}

export interface Sized {
  readonly width: number;
  readonly panel: Panel;
}

/** What lies under one heading; a collapsed one is detail that is read on demand. */
export interface Section {
  readonly title: string;
  readonly collapsed?: boolean;
  readonly bands: readonly Band[];
}

/** Numbers of headings: far from those of panels. */
const FIRST_HEADING = 1000;

/** Puts bands below each other; a board may begin without a heading. */
export const lay = (top: readonly Band[], sections: readonly Section[] = []): readonly (Panel | RowPanel)[] => {
  const first = stack(top, 0);
  const panels: (Panel | RowPanel)[] = [...first.panels];
  let y = first.end;
  sections.forEach(({ title, collapsed = false, bands }, index) => {
    const { panels: own, end } = stack(bands, y + 1);
    const heading = { title, collapsed, id: FIRST_HEADING + index, gridPos: at(0, y, COLUMNS, 1) };
    panels.push({ type: 'row', ...heading, panels: collapsed ? [...own] : [] }, ...(collapsed ? [] : own));
    y = collapsed ? y + 1 : end;
  });
  return panels;
};

const stack = (bands: readonly Band[], from: number): { panels: readonly Panel[]; end: number } => {
  let y = from;
  const panels = bands.flatMap(({ height, panels }) => {
    const placed = across(panels, height, y);
    y += height;
    return placed;
  });
  return { panels, end: y };
};

const across = (panels: readonly Sized[], height: number, y: number): readonly Panel[] => {
  let x = 0;
  const placed = panels.map(({ width, panel }) => {
    const gridPos = at(x, y, width, height);
    x += width;
    return { ...panel, gridPos };
  });
  if (x !== COLUMNS) throw new Error(`${placed[0]?.title}: its row is ${x} columns wide instead of ${COLUMNS}`);
  return placed;
};

const at = (x: number, y: number, w: number, h: number): GridPos => ({ x, y, w, h });
