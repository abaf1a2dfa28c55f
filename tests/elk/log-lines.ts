import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STREAMS, type StreamKey } from '../../elk/streams.ts';

/** A line of a log file, as a value. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Every line that a data folder's files of a stream hold, renamed files included. */
export const linesIn = (data: string, key: StreamKey): readonly LogLine[] =>
  globSync([...STREAMS[key].files], { cwd: data })
    .toSorted()
    .flatMap((file) => readFileSync(join(data, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line): LogLine => JSON.parse(line));

/** The value of a field, whether its name is written with dots or as objects in each other. */
export const fieldOf = (line: LogLine, name: string): unknown => {
  if (name in line) return line[name];
  const dot = name.indexOf('.');
  if (dot === -1) return undefined;
  for (let at = dot; at !== -1; at = name.indexOf('.', at + 1)) {
    const inner = firstOf(line[name.slice(0, at)]);
    if (typeof inner !== 'object' || inner === null) continue;
    // Safe: what JSON knows as an object can be read as one.
    const value = fieldOf(inner as LogLine, name.slice(at + 1));
    if (value !== undefined) return value;
  }
  return undefined;
};

/** A store takes a list for each of its values; what holds for the first will do here. */
const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** Not `event.dataset`: in the store that is the stream, whichever process wrote the line. */
const SAME = [
  '@timestamp',
  'service.name',
  'event.action',
  'message',
  'http.request.id',
  'event.sequence',
  'process.pid',
];

/** What makes a line this line, in a file and in the store. */
export const nameOf = (line: LogLine): string => JSON.stringify(SAME.map((field) => fieldOf(line, field) ?? null));

/** How often each line is there. */
export const countNames = (lines: readonly LogLine[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(nameOf(line), (counts.get(nameOf(line)) ?? 0) + 1);
  return counts;
};

/** Lines that are wanted more often than they are found, and the other way round. */
export const compareLines = (wanted: readonly LogLine[], found: readonly LogLine[]) => {
  const [want, have] = [countNames(wanted), countNames(found)];
  const lacking = (these: ReadonlyMap<string, number>, those: ReadonlyMap<string, number>): readonly string[] =>
    [...these].filter(([name, count]) => count > (those.get(name) ?? 0)).map(([name]) => name);
  return { lost: lacking(want, have), surplus: lacking(have, want) };
};

/** The dotted names of all values that a line has; an empty list and null are none. */
export const leavesOf = (line: LogLine, above = ''): readonly string[] =>
  Object.entries(line).flatMap(([key, value]) => {
    const name = `${above}${key}`;
    const one = firstOf(value);
    if (one === undefined || one === null) return [];
    // Safe: what JSON knows as an object can be read as one.
    return typeof one === 'object' ? leavesOf(one as LogLine, `${name}.`) : [name];
  });
