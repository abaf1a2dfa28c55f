/** Rows as a table with aligned columns; numbers keep to the right where `right` says so. */
export const renderTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
};

/** What a table shows where a value is not known; never a zero. */
export const UNKNOWN = '-';

/** A known value in words, or the sign for one that is not known. */
export const shown = <T>(value: T | undefined, format: (value: T) => string): string =>
  value === undefined ? UNKNOWN : format(value);
