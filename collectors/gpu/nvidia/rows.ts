import type { ReadFailure } from '../../reader.ts';
import { failureOf } from './failure.ts';
import type { Query } from './fields.ts';

/** The cells of each device, or why the answer as a whole is worth nothing. */
export type Rows =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'failed'; readonly reason: ReadFailure; readonly detail: string };

/** nvidia-smi prints these between rows and goes on. */
const isRemark = (line: string): boolean => line.trim() === '' || /^(WARNING|Attached GPUs|infoROM)\b/i.test(line);

/** Checks the shape of a whole answer before any cell of it is read: the same for one answer and for a part of the stream. */
export const splitRows = (lines: readonly string[], query: Query): Rows => {
  const rows: string[][] = [];
  for (const line of lines) {
    if (isRemark(line)) continue;
    const cells = splitCells(line, query.names.length);
    if (cells === undefined) return refuse(line, query.names.length);
    rows.push(cells);
  }
  return { kind: 'rows', rows };
};

/** The cells of a line; the last one may hold commas. Undefined when there are too few. */
export const splitCells = (line: string, columns: number): string[] | undefined => {
  const parts = line.split(',').map((cell) => cell.trim());
  if (parts.length < columns) return undefined;
  return [...parts.slice(0, columns - 1), parts.slice(columns - 1).join(', ')];
};

const refuse = (line: string, columns: number): Rows => {
  const found = failureOf(0, line);
  if (found.reason !== 'exit_other') return { kind: 'failed', ...found };
  const cells = line.split(',').length;
  const detail = `nvidia-smi: expected rows of ${columns} cells, got one of ${cells}`;
  return { kind: 'failed', reason: 'malformed', detail };
};
