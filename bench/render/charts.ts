import { type Drawing, element, line, linearScale, roundTicks, text } from './svg.ts';

/** Bars side by side for each group. */
export interface BarChart {
  readonly groups: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly unit: string;
  /** On top of each other instead of side by side. */
  readonly isStacked?: boolean;
}

const WIDTH = 760;
const LABEL_WIDTH = 190;
const RIGHT = 60;
const TOP = 58;
const ROW = 22;

/** Horizontal bars: names of any length fit beside them. */
export const drawBars = ({ groups, series, unit, isStacked = false }: BarChart): Drawing => {
  const rows = isStacked ? 1 : series.length;
  const groupHeight = rows * ROW + 12;
  const height = TOP + groups.length * groupHeight + 30;
  const sums = groups.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const greatest = Math.max(...(isStacked ? sums : series.flatMap(({ values }) => values)));
  const ticks = roundTicks(0, greatest);
  const x = linearScale([0, ticks.at(-1) ?? 1], [LABEL_WIDTH, WIDTH - RIGHT]);
  const bars = groups.flatMap((group, groupIndex) => {
    const top = TOP + groupIndex * groupHeight;
    const label = text({ x: LABEL_WIDTH - 8, y: top + (rows * ROW) / 2 + 4, 'text-anchor': 'end' }, group);
    let start = 0;
    const parts = series.flatMap(({ values }, index) => {
      const value = values[groupIndex] ?? 0;
      const from = isStacked ? start : 0;
      start += value;
      const y = top + (isStacked ? 0 : index * ROW);
      const box = { class: `c${index % 3}`, x: x(from), y: y + 2, width: x(from + value) - x(from), height: ROW - 4 };
      const isLabelled = !isStacked || index === series.length - 1;
      const end = isStacked ? (sums[groupIndex] ?? 0) : value;
      return [
        element('rect', box),
        ...(isLabelled ? [text({ x: x(end) + 5, y: y + ROW / 2 + 4, class: 'small' }, shortText(end))] : []),
      ];
    });
    return [label, ...parts];
  });
  return {
    width: WIDTH,
    height,
    parts: [...legend(series.map(({ name }) => name)), ...axis(ticks, x, height, unit), ...bars],
  };
};

/** A median with its interval, and where it is meant to be. */
export interface IntervalRow {
  readonly label: string;
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly bar?: number;
}

/** One row per ratio: a dot at the median, a line over the interval, a red mark at the bar. */
export const drawIntervals = (rows: readonly IntervalRow[]): Drawing => {
  const height = TOP + rows.length * ROW + 36;
  const left = 300;
  const shown = rows.flatMap(({ lower, upper, bar }) => [lower, upper, ...(bar === undefined ? [] : [bar])]);
  const ticks = roundTicks(Math.min(0.5, ...shown), Math.max(1.2, ...shown), 8);
  const x = linearScale([ticks[0] ?? 0, ticks.at(-1) ?? 1], [left, WIDTH - 20]);
  const parts = rows.flatMap(({ label, median, lower, upper, bar }, index) => {
    const y = TOP + index * ROW + ROW / 2;
    return [
      text({ x: left - 8, y: y + 4, 'text-anchor': 'end' }, label),
      line([x(lower), y], [x(upper), y], 'c0'),
      element('circle', { class: 'c0', cx: x(median), cy: y, r: 4 }),
      ...(bar === undefined ? [] : [line([x(bar), y - 8], [x(bar), y + 8], 'bar-line')]),
    ];
  });
  const key = text({ x: 12, y: 42, class: 'small' }, 'dot: median of the rounds; line: 95 % interval; red: bar');
  return { width: WIDTH, height, parts: [key, ...axis(ticks, x, height, 'ours over theirs'), ...parts] };
};

/** One value over time. */
export const drawLine = (
  points: readonly { readonly x: number; readonly y: number }[],
  units: { x: string; y: string },
): Drawing => {
  const height = 300;
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const xTicks = roundTicks(0, Math.max(...xs), 8);
  const yTicks = roundTicks(0, Math.max(...ys));
  const x = linearScale([0, xTicks.at(-1) ?? 1], [60, WIDTH - 20]);
  const y = linearScale([0, yTicks.at(-1) ?? 1], [height - 40, TOP]);
  const path = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ');
  const levels = yTicks.flatMap((tick) => [
    line([60, y(tick)], [WIDTH - 20, y(tick)]),
    text({ x: 54, y: y(tick) + 4, 'text-anchor': 'end', class: 'small' }, shortText(tick)),
  ]);
  return {
    ...{ width: WIDTH, height },
    parts: [
      text({ x: 12, y: 42, class: 'small' }, units.y),
      ...levels,
      ...xTicks.map((tick) =>
        text({ x: x(tick), y: height - 22, 'text-anchor': 'middle', class: 'small' }, shortText(tick)),
      ),
      text({ x: WIDTH - 20, y: height - 6, 'text-anchor': 'end', class: 'small' }, units.x),
      `<polyline class="c0 line" style="fill:none" points="${path}"/>`,
    ],
  };
};

const legend = (names: readonly string[]): string[] =>
  names.length < 2
    ? []
    : names.flatMap((name, index) => [
        element('rect', { class: `c${index % 3}`, x: 12 + index * 170, y: 34, width: 12, height: 12 }),
        text({ x: 30 + index * 170, y: 44, class: 'small' }, name),
      ]);

const axis = (ticks: readonly number[], x: (value: number) => number, height: number, unit: string): string[] => [
  ...ticks.flatMap((tick) => [
    line([x(tick), TOP - 6], [x(tick), height - 30]),
    text({ x: x(tick), y: height - 16, 'text-anchor': 'middle', class: 'small' }, shortText(tick)),
  ]),
  text({ x: WIDTH - 8, y: height - 3, 'text-anchor': 'end', class: 'small' }, unit),
];

const shortText = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
