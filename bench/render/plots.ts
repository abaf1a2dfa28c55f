import type { Result } from '../results.ts';
import type { Comparison, Table } from '../suite.ts';
import { drawBars, drawIntervals, drawLine } from './charts.ts';
import { type Drawing, svgFile } from './svg.ts';

/** One picture of the page. */
export interface Plot {
  /** Its file beside the page, without a folder. */
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

type Draw = (name: string, result: Result) => readonly Plot[];

/** The pictures of each suite, before that of its ratios. */
const DRAW: Readonly<Record<string, Draw>> = {
  peer: (name, { comparisons }) => sidesByModel(name, comparisons, 'llama-server', /^c\d+$/),
  ceiling: (name, { comparisons }) => sidesByModel(name, comparisons, 'llama-batched-bench', /^p\d+$/),
  gateway: (name, { tables }) =>
    tables
      .filter(({ title }) => title.startsWith('json-64:') || title.startsWith('stream-64:'))
      .map((table) => {
        const kind = table.title.split(':')[0] ?? '';
        return barsOf(`${name}-${kind}`, `CPU per request, ${table.title.slice(kind.length + 2)}`, table, {
          columns: ['CPU us/request'],
          unit: 'microseconds',
        });
      }),
  ablation: (name, { tables: [table] }) =>
    table === undefined
      ? []
      : [
          barsOf(`${name}-throughput`, 'Throughput, one optimisation more each time', table, {
            ...{ columns: ['A tokens/s', 'B tokens/s'], unit: 'tokens/s' },
          }),
          barsOf(`${name}-memory`, 'Memory at equal capacity', table, {
            ...{ columns: ['weights', 'KV', 'compute'], unit: 'MiB', isStacked: true },
          }),
        ],
  soak: (name, { tables }) => {
    const table = tables.find(({ title }) => title === 'by time');
    if (table === undefined) return [];
    const [xs, ys] = [columnOf(table, 'minute'), columnOf(table, 'RSS MiB')];
    const points = xs.map((x, index) => ({ x, y: ys[index] ?? 0 }));
    return [plot(`${name}-rss`, 'Resident memory of all processes', drawLine(points, { x: 'minutes', y: 'MiB' }))];
  },
};

/** All pictures of one result. */
export const plotsOf = (name: string, result: Result): readonly Plot[] => [
  ...(DRAW[result.suite]?.(name, result) ?? []),
  ...ratioPlot(name, result.comparisons),
];

const ratioPlot = (name: string, comparisons: readonly Comparison[]): Plot[] => {
  const rows = comparisons
    .filter(({ as, bar }) => as === 'ratio' && bar !== undefined)
    .map(({ model, case: one, measure, estimate, bar }) => ({
      label: `${model} ${one}, ${measure}${bar?.relation === 'atMost' ? ', less is better' : ''}`,
      ...estimate,
      ...(bar === undefined ? {} : { bar: bar.value }),
    }));
  return rows.length === 0 ? [] : [plot(`${name}-ratios`, 'Ratios with a bar', drawIntervals(rows))];
};

const sidesByModel = (
  name: string,
  comparisons: readonly Comparison[],
  theirs: string,
  cases: RegExp,
): readonly Plot[] => {
  const shown = comparisons.filter(({ measure, case: one }) => measure === 'tokens/s' && cases.test(one));
  return [...new Set(shown.map(({ model }) => model))].map((model) => {
    const rows = shown.filter((comparison) => comparison.model === model);
    const chart = {
      groups: rows.map(({ case: one }) => `${one.slice(1)} at once`),
      series: [
        { name: 'clawdbot', values: rows.map(({ ours }) => ours) },
        { name: theirs, values: rows.map(({ theirs: value }) => value ?? 0) },
      ],
      unit: 'tokens/s',
    };
    return plot(`${name}-${model}`, `${model}, 64 + 64 tokens`, drawBars(chart));
  });
};

const barsOf = (
  file: string,
  title: string,
  table: Table,
  { columns, ...how }: { columns: readonly string[]; unit: string; isStacked?: boolean },
): Plot => {
  const groups = table.rows.map(([first]) => String(first));
  const series = columns.map((column) => ({ name: column, values: columnOf(table, column) }));
  return plot(file, title, drawBars({ groups, series, ...how }));
};

const columnOf = ({ columns, rows }: Table, name: string): number[] => {
  const at = columns.indexOf(name);
  return rows.map((row) => Number(row[at] ?? 0));
};

const plot = (name: string, title: string, drawing: Drawing): Plot => ({
  ...{ file: `${name}.svg`, title },
  svg: svgFile(drawing, title),
});
