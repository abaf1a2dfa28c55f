import type { Board, BoardVariable } from './board.ts';

/** The value of a variable in an expression; undefined where there is no such variable. */
export type Lookup = (name: string) => string | undefined;

export interface Filled {
  readonly text: string;
  /** Variables that nobody defines. */
  readonly unknown: readonly string[];
}

/** `$name`, `${name}`, `${name:format}`, `[[name]]`; a group of a regular expression such as `$1` is none. */
const VARIABLE = /\$([a-zA-Z_]\w*)|\$\{([a-zA-Z_]\w*)(?::[^}]*)?\}|\[\[([a-zA-Z_]\w*)(?::[^\]]*)?\]\]/g;

/** Fills in the variables of an expression as Grafana does, and says which ones it could not. */
export const fillIn = (text: string, lookup: Lookup): Filled => {
  const unknown: string[] = [];
  const filled = text.replace(VARIABLE, (all, ...names: (string | undefined)[]) => {
    const name = names.slice(0, 3).find((one) => one !== undefined) ?? '';
    const value = lookup(name);
    if (value === undefined) unknown.push(name);
    return value ?? all;
  });
  return { text: filled, unknown };
};

/** Lengths that nobody would write, so that what was a variable is still known after the expression is parsed. */
export const RATE_INTERVAL = '8869990787ms';

const SAMPLES: Readonly<Record<string, string>> = {
  __rate_interval: RATE_INTERVAL,
  __interval: '4867856611ms',
  __interval_ms: '4867856611',
  __range: '6069770749ms',
  __range_s: '6069770',
  __range_ms: '6069770749',
  __from: '1594671549254',
  __to: '1594671549254',
};

/** Stands for the value of a variable that is chosen among labels. */
export const sampleOf = (name: string): string => `__var_${name}`;

/** What an expression of a board is parsed with: lengths where a length must stand, a mark for everything else. */
export const samplesOf = ({ templating }: Board): Lookup => {
  const known = new Map(templating.list.map((variable) => [variable.name, sampleValue(variable)]));
  return (name) => SAMPLES[name] ?? known.get(name);
};

const CHOSEN_AMONG_VALUES: readonly string[] = ['interval', 'custom', 'constant'];

const sampleValue = ({ name, type, current, options, query }: BoardVariable): string => {
  if (!CHOSEN_AMONG_VALUES.includes(type)) return sampleOf(name);
  const written = [current?.value, ...options.map(({ value }) => value)].flat().find((value) => value !== undefined);
  return written ?? (typeof query === 'string' ? (query.split(',')[0]?.trim() ?? '') : '');
};
