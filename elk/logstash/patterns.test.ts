import { describe, expect, it } from 'vitest';
import { GROK_ORDER, GROK_PATTERNS, type GrokName } from './patterns.ts';
import { SAMPLES, STRANGE } from './samples.ts';

const REFERENCE = /%\{(\w+)(?::([^}:]+))?(?::(int))?\}/g;

/** A pattern with those it is made of put in, in JavaScript: what it captures, in order. */
const compile = (name: GrokName) => {
  const captures: { readonly field: string; readonly isNumber: boolean }[] = [];
  const expand = (pattern: string): string =>
    pattern.replace(REFERENCE, (_all, inner: string, field: string | undefined, type: string | undefined) => {
      if (!(inner in GROK_PATTERNS)) throw new TypeError(`${inner} is no pattern of ours`);
      if (field !== undefined) captures.push({ field, isNumber: type === 'int' });
      // Safe: looked up a line above.
      const expanded = expand(GROK_PATTERNS[inner as GrokName]);
      return field === undefined ? `(?:${expanded})` : `(${expanded})`;
    });
  const source = expand(GROK_PATTERNS[name]).replaceAll('\\A', '^').replaceAll('\\z', '$');
  const regex = new RegExp(source);
  return (line: string): Record<string, string | number> | undefined => {
    const [, ...values] = regex.exec(line) ?? [];
    if (!regex.test(line)) return undefined;
    return Object.fromEntries(
      captures.flatMap(({ field, isNumber }, index) => {
        const value = values[index];
        return value === undefined ? [] : [[field, isNumber ? Number(value) : value]];
      }),
    );
  };
};

const ORDERS: Readonly<Record<keyof typeof SAMPLES, readonly GrokName[]>> = {
  kernelLine: ['CLAWDBOT_KERNEL'],
  ...GROK_ORDER,
  other: ['CLAWDBOT_TERMINAL', 'CLAWDBOT_CONTAINER_FILE'],
};
const cases = Object.entries(SAMPLES).flatMap(([key, samples]) =>
  // Safe: a key of the table.
  samples.map((sample) => [sample.line, key as keyof typeof SAMPLES, sample] as const),
);

describe('what grok finds', () => {
  it.each(cases)('in %j', (line, key, { pattern, found }) => {
    const first = ORDERS[key].find((name) => compile(name)(line) !== undefined);
    expect(first).toBe(pattern);
    expect(compile(pattern)(line)).toMatchObject(found);
  });

  it.each(Object.entries(STRANGE))('is nothing in strange lines (%s)', (key, lines) => {
    // Safe: the tables have the same keys.
    for (const name of ORDERS[key as keyof typeof SAMPLES])
      for (const line of lines) expect(compile(name)(line), `${name} ${line}`).toBeUndefined();
  });

  it('is tried with a sample of each pattern that fields come from', () => {
    const tried = new Set<string>(cases.map(([, , { pattern }]) => pattern));
    const wanted = Object.entries(GROK_PATTERNS).filter(([, pattern]) => /%\{\w+:/.test(pattern));
    expect(wanted.map(([name]) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it('stays on one line: no pattern reaches over a line feed that somebody wrote', () => {
    for (const [name, pattern] of Object.entries(GROK_PATTERNS)) {
      expect(pattern, name).not.toMatch(/(?<!\\)\.[*+{]/);
      expect(pattern, name).not.toMatch(/\[\^(?!\\n)[^\]]*\][*]/);
    }
  });
});
