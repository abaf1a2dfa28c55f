import { styleText } from 'node:util';
import { type Check, type CheckResult, countResults } from '../../core/hardware/check.ts';
import type { Report } from '../../core/hardware/doctor.ts';
import { formatQuantity, formatWanted } from '../../core/hardware/format.ts';

const SIGNS = {
  pass: ['✓', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✗', 'red'],
  unknown: ['?', 'cyan'],
} as const satisfies Record<CheckResult, readonly [string, 'green' | 'yellow' | 'red' | 'cyan']>;

/** A minimum that says that there need be none. */
const OPTIONAL = 'optional';
const UNSEEN = 'not to be seen';

/** The report for a person: a line for each check, and below it what to do. */
export const describeReport = ({ surroundings, checks }: Report, hasColour: boolean): string => {
  const { place, product, kernel } = surroundings;
  const about = [place, product, kernel === undefined ? undefined : `Linux ${kernel}`].filter(
    (text) => text !== undefined,
  );
  const width = Math.max(...checks.map(({ title }) => title.length));
  return [about.join(', '), '', ...checks.flatMap((check) => linesOf(check, width, hasColour)), '', sumOf(checks)].join(
    '\n',
  );
};

const linesOf = (check: Check, width: number, hasColour: boolean): string[] => {
  const { title, measured, result, advice } = check;
  const [sign, colour] = SIGNS[result];
  const mark = hasColour ? styleText(colour, sign, { validateStream: false }) : sign;
  const from = measured === null ? '' : ` (${[measured.note, measured.source].filter(Boolean).join('; ')})`;
  const line = `${mark} ${title.padEnd(width)}  ${wordsFor(check)}${wantedOf(check)}${from}`;
  return advice === null ? [line] : [line, `${' '.repeat(width + 4)}${advice}`];
};

/** What was measured, in words. */
export const wordsFor = ({ measured }: Pick<Check, 'measured'>): string => {
  if (measured === null) return UNSEEN;
  return typeof measured.value === 'number' ? formatQuantity(measured.value, measured.unit) : measured.value;
};

const wantedOf = ({ measured, minimum, recommended, result }: Check): string => {
  if (result === 'pass' || measured === null) return '';
  const least = minimum === null || minimum === OPTIONAL ? [] : [`at least ${formatWanted(minimum, measured.unit)}`];
  const better =
    recommended === null || recommended === minimum ? [] : [`better ${formatWanted(recommended, measured.unit)}`];
  return [...least, ...better].map((part) => `, ${part}`).join('');
};

const sumOf = (checks: readonly Check[]): string => {
  const { pass, warn, fail, unknown } = countResults(checks);
  return `${pass} pass, ${warn} warn, ${fail} below the minimum, ${unknown} not to be seen`;
};
