import type { Dimension } from './units.ts';

/** A unit of Grafana: what it is for, and by what a value in the units of the catalogue was multiplied before. */
interface Meaning {
  readonly unit: string;
  readonly scale: number;
}

const one = (unit: string, ...names: readonly string[]): readonly (readonly [string, Meaning])[] =>
  names.map((name) => [name, { unit, scale: 1 }]);

const COUNT = '{}';
const SHARE = '1';

/** Every unit that boards may use: a new one is a line here. */
const MEANINGS: ReadonlyMap<string, readonly Meaning[]> = (() => {
  const rows: readonly (readonly [string, Meaning])[] = [
    ...one('s', 's', 'dtdurations', 'clocks'),
    ['ms', { unit: 's', scale: 1000 }],
    ...['dateTimeAsIso', 'dateTimeFromNow', 'dateTimeAsLocal'].map(
      (name) => [name, { unit: 's', scale: 1000 }] as const,
    ),
    ...one('By', 'bytes', 'decbytes'),
    ...one('By/s', 'Bps', 'binBps'),
    ...one(SHARE, 'percentunit'),
    ['percent', { unit: SHARE, scale: 100 }],
    ...one('Cel', 'celsius'),
    ...one('W', 'watt'),
    ...one('J', 'joule'),
    ['watth', { unit: 'J', scale: 1 / 3600 }],
    ['kwatth', { unit: 'J', scale: 1 / 3_600_000 }],
    ...one('J/s', 'watt'),
    ...one('Hz', 'hertz'),
    ...one(COUNT, 'short', 'none', 'locale', 'sishort', 'bool', 'bool_yes_no', 'bool_on_off'),
    ...one(`${COUNT}/s`, 'reqps', 'ops', 'cps', 'rps', 'iops', 'pps', 'short', 'none'),
    ['cpm', { unit: `${COUNT}/s`, scale: 60 }],
    ['opm', { unit: `${COUNT}/s`, scale: 60 }],
    // Seconds a second: a share of the time, or processors.
    ...one(SHARE, 'short', 'none'),
  ];
  const found = new Map<string, Meaning[]>();
  for (const [name, meaning] of rows) found.set(name, [...(found.get(name) ?? []), meaning]);
  return found;
})();

/** Things a second, which are named: `suffix: tokens/s`. */
const NAMED_RATE = /^suffix: ?[a-z][a-z ]*\/s$/;

export const isKnownUnit = (unit: string): boolean => MEANINGS.has(unit) || NAMED_RATE.test(unit);

/** Counted things are not told apart: tokens per request are a number. */
export const printDimension = ({ powers, scale }: Dimension): string => {
  const measured = [...powers].filter(([unit]) => !unit.startsWith('{'));
  const counts = measured.length !== powers.size || powers.size > 0;
  const over = measured.filter(([, power]) => power > 0).map(([unit, power]) => unit.repeat(power));
  const under = measured.filter(([, power]) => power < 0).map(([unit, power]) => `/${unit}${power < -1 ? -power : ''}`);
  const head = over.length > 0 ? over.join('·') : counts ? COUNT : SHARE;
  return `${head}${under.join('')}${scale === 1 ? '' : ` × ${Number(scale.toPrecision(6))}`}`;
};

/** Whether a unit of Grafana says what a value is. */
export const fits = (unit: string, dimension: Dimension): boolean => {
  const wanted = printDimension({ ...dimension, scale: 1 });
  const isFit = (meaning: Meaning): boolean =>
    meaning.unit === wanted && Math.abs(meaning.scale / dimension.scale - 1) < 1e-6;
  const meanings = NAMED_RATE.test(unit) ? [{ unit: `${COUNT}/s`, scale: 1 }] : (MEANINGS.get(unit) ?? []);
  if (meanings.some(isFit)) return true;
  return dimension.isMean && wanted === COUNT && unit === 'percentunit' && dimension.scale === 1;
};

/** The units that would do, for a message. */
export const unitsFor = (dimension: Dimension): readonly string[] =>
  [...MEANINGS.keys()].filter((unit) => fits(unit, dimension));
