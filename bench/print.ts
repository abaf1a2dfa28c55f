import { machineFacts } from './machine.ts';
import { isMet } from './stats/verdict.ts';
import type { Cell, Comparison, Report, Table } from './suite.ts';

/** A report as text for a terminal. */
export const printReport = (report: Report): string => {
  const { cores, cpu, node } = machineFacts();
  return [
    `${report.suite}: ${cores} cores (${cpu}), Node ${node}, client on the same cores`,
    `settings: ${Object.entries(report.settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    ...(report.comparisons.length === 0 ? [] : [printTable(comparisonTable(report.comparisons))]),
    ...report.tables.map(printTable),
    ...report.notes,
  ].join('\n');
};

/** Comparisons as rows, with the interval of each estimate and whether its bar is met. */
export const comparisonTable = (comparisons: readonly Comparison[]): Table => ({
  title: '',
  columns: ['model', 'case', 'measure', 'ours', 'theirs', 'estimate', '95 % interval', 'rounds', 'bar', 'met'],
  rows: comparisons.map((one) => {
    const { estimate, bar } = one;
    const [median, lower, upper] = [estimate.median, estimate.lower, estimate.upper].map(exactNumber);
    return [
      ...[one.model, one.case, one.measure, one.ours, one.theirs],
      ...[median ?? '', `${lower} to ${upper}`, estimate.count],
      ...[barText(one), bar === undefined ? '' : isMet(estimate, bar) ? 'yes' : 'no'],
    ];
  }),
});

const barText = ({ bar }: Comparison): string =>
  bar === undefined ? '' : `${bar.relation === 'atLeast' ? '≥' : '≤'} ${bar.value}`;

const exactNumber = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));

/** Three figures that matter. */
export const shortNumber = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();

const cellText = (cell: Cell): string => {
  if (cell === null) return '';
  return typeof cell === 'number' ? shortNumber(cell) : cell;
};

/** A table in columns for a terminal. */
export const printTable = ({ title, columns, rows }: Table): string => {
  const texts = rows.map((row) => row.map(cellText));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...texts.map((row) => row[index]?.length ?? 0)),
  );
  const isNumeric = columns.map((_, index) => rows.every((row) => typeof row[index] === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return isNumeric[index] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [...(title === '' ? [] : [`\n${title}`]), line(columns), ...texts.map(line)].join('\n');
};
