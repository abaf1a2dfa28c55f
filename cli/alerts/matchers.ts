import { InvalidArgumentError } from 'commander';

/** A condition on a label, as Alertmanager's API has it. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

const FORM = /^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.*)$/s;

/** Reads `name=value`, `name!=value`, `name=~pattern` or `name!~pattern`; quotes around the value may stay. */
export const parseMatcher = (text: string): Matcher => {
  const [, name, sign = '', given = ''] = FORM.exec(text) ?? [];
  if (name === undefined) {
    const forms = 'name=value, name!=value, name=~pattern or name!~pattern';
    throw new InvalidArgumentError(`expected ${forms}, got ${JSON.stringify(text)}`);
  }
  const value = /^"(.*)"$/s.exec(given)?.[1] ?? given;
  return { name, value, isRegex: sign.endsWith('~'), isEqual: sign.startsWith('=') };
};

/** Of `--label`. */
export const parseLabel = (text: string): readonly [string, string] => {
  const { name, value, isRegex, isEqual } = parseMatcher(text);
  if (isRegex || !isEqual) throw new InvalidArgumentError(`expected name=value, got ${JSON.stringify(text)}`);
  return [name, value];
};

/** Collects what an option that may be given again was given. */
export const collect =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)];

/** As a person would write it. */
export const describeMatchers = (matchers: readonly Matcher[]): string =>
  matchers
    .map(
      ({ name, value, isRegex, isEqual }) =>
        `${name}${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}${value}`,
    )
    .join(' ');

/** The set of labels, each exactly. */
export const exactly = (labels: Readonly<Record<string, string>>): readonly Matcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));

/** Everything but the sign of life: without it the actions service would raise the alarm. */
export const NOT_WATCHDOG: Matcher = { name: 'alertname', value: 'Watchdog', isRegex: false, isEqual: false };

/** The matchers, which leave the sign of life alone. */
export const sparingWatchdog = (matchers: readonly Matcher[]): readonly Matcher[] =>
  matchers.some(
    ({ name, isRegex, isEqual, value }) => name === 'alertname' && isEqual && !isRegex && value !== 'Watchdog',
  )
    ? matchers
    : [...matchers, NOT_WATCHDOG];
