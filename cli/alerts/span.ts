import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(?:\d{1,6}[smhd])+$/;
/** What nobody remembers after a month is a change of the rules. */
const MAX_MS = 31 * 86_400_000;

/** A span such as `90s`, `2h` or `1d12h`, in milliseconds. */
export const parseSpan = (text: string): number => {
  const ms = FORM.test(text)
    ? [...text.matchAll(/(\d+)([smhd])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
        0,
      )
    : 0;
  if (ms > 0 && ms <= MAX_MS) return ms;
  throw new InvalidArgumentError(
    `expected a span up to 31d such as 90s, 30m, 2h or 1d12h, got ${JSON.stringify(text)}`,
  );
};
