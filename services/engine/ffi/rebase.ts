import { FUNCTIONS } from './functions.ts';
import { type Headers, STRUCT_NAMES } from './headers.ts';
import type { BuildFacts } from './pinned.ts';
import { STRUCTS } from './structs.ts';

const MOST_INLINE = 4;
const WRITTEN_OUT = 10_000;

/** In which lines the tables differ from the headers; functions must be mended by hand, where they are called. */
export const compareTables = (headers: Headers): string[] => [...compareStructs(headers), ...compareFunctions(headers)];

/** `structs.ts` with the structs as the headers have them. */
export const renderStructs = (source: string, headers: Headers): string => {
  const structs = Object.entries(STRUCT_NAMES).map(([native, name]) => {
    const fields = headers.structOf(native);
    if (fields === undefined) throw new Error(`${native}: expected a struct of this name in the headers, got none`);
    return renderStruct(name, [...fields]);
  });
  return replaceSection(source, 'export const STRUCTS = {', '} as const;', structs.sort(byOrderIn(source)).join('\n'));
};

/** `pinned.ts` with the facts of the build that is installed. */
export const renderPinned = (source: string, facts: BuildFacts): string => {
  const { packageVersion, release, libraryVersion, sizes, defaults, logits } = facts;
  const body = [
    `  packageVersion: '${packageVersion}',`,
    `  release: '${release}',`,
    `  libraryVersion: '${libraryVersion}',`,
    '  sizes: {',
    ...Object.entries(sizes).map(([name, size]) => `    ${name}: ${size},`),
    '  },',
    '  defaults: {',
    ...Object.entries(defaults).map(([name, value]) => `    '${name}': ${renderValue(value)},`),
    '  },',
    '  logits: [',
    ...logits.map(([token, logit]) => `    [${token}, ${logit}],`),
    '  ],',
  ].join('\n');
  return replaceSection(source, 'export const PINNED: BuildFacts = {', '};', body);
};

/** The highest logits of a smoke decode, as they are recorded. */
export const highest = (logits: readonly number[], count: number): [number, number][] =>
  logits
    .map((logit, token): [number, number] => [token, Number(logit.toFixed(4))])
    .sort(([, one], [, other]) => other - one)
    .slice(0, count);

const compareStructs = (headers: Headers): string[] =>
  Object.entries(STRUCT_NAMES).flatMap(([native, name]) => {
    const fields = [...(headers.structOf(native) ?? [])].map(([field, type]) => `${field}: ${type}`);
    const ours = Object.entries(Reflect.get(STRUCTS, name) ?? {}).map(([field, type]) => `${field}: ${type}`);
    const lines = [
      ...ours.filter((field) => !fields.includes(field)).map((field) => `- ${name}.${field}`),
      ...fields.filter((field) => !ours.includes(field)).map((field) => `+ ${name}.${field}`),
    ];
    return lines.length === 0 && fields.join() !== ours.join() ? [`! ${name}: other order of fields`] : lines;
  });

const compareFunctions = (headers: Headers): string[] =>
  Object.entries(FUNCTIONS).flatMap(([name, { result, takes }]) => {
    const declared = headers.functionOf(name);
    if (declared === undefined) return [`- ${name}: no longer there`];
    const ours = [result, ...takes];
    const theirs = [declared.result, ...declared.takes];
    const isEqual = ours.length === theirs.length && ours.every((type, index) => isSame(type, theirs[index] ?? ''));
    return isEqual ? [] : [`! ${name}: expected ${ours.join(', ')}, got ${theirs.join(', ')}`];
  });

/** A text may be given as bytes. */
const isSame = (ours: string, theirs: string): boolean => ours === theirs || (ours === 'void*' && theirs === 'str');

const renderStruct = (name: string, fields: readonly (readonly [string, string])[]): string => {
  const rows = fields.map(([field, type]) => `${field}: '${type}'`);
  if (rows.length <= MOST_INLINE) return `  ${name}: { ${rows.join(', ')} },`;
  return [`  ${name}: {`, ...rows.map((row) => `    ${row},`), '  },'].join('\n');
};

const byOrderIn = (source: string) => (one: string, other: string) => placeOf(source, one) - placeOf(source, other);

const placeOf = (source: string, struct: string): number => {
  const place = source.indexOf(`\n${struct.slice(0, struct.indexOf('{'))}`);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
};

const renderValue = (value: number | boolean | null): string => {
  if (typeof value !== 'number' || Math.abs(value) < WRITTEN_OUT) return String(value);
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
};

const replaceSection = (source: string, first: string, last: string, body: string): string => {
  const start = source.indexOf(first);
  const end = source.indexOf(`\n${last}`, start);
  if (start < 0 || end < 0) throw new Error(`expected a section from "${first}" to "${last}", got none`);
  return `${source.slice(0, start + first.length)}\n${body}${source.slice(end)}`;
};
