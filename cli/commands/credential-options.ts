import { type Command, InvalidArgumentError } from 'commander';
import { SCOPES, type Scope } from '../../services/inference/call.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `90s`, `15m`, `1h`, `30d` as seconds. */
export const parseTtl = (text: string): number => {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('Expected a number and a unit, such as 90s, 15m, 1h or 30d.');
};

/** Reads one more `--scope`; several in one word are parted by commas. */
export const collectScopes = (text: string, before: readonly Scope[] = []): readonly Scope[] => {
  const scopes = text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (scope !== undefined) return scope;
    throw new InvalidArgumentError(`Expected one or more of ${SCOPES.join(', ')}.`);
  });
  return [...new Set([...before, ...scopes])];
};

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,127}$/;

/** Reads the name of a tenant or a policy. */
export const parseName = (text: string): string => {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 128 letters, digits and . _ : / - that start with a letter or digit.');
};

/** Reads one more `--model`; several in one word are parted by commas. */
export const collectModels = (text: string, before: readonly string[] = []): readonly string[] => [
  ...new Set([...before, ...text.split(',').map((word) => parseName(word.trim()))]),
];

/** What a key or a token may be restricted to. */
export interface Restrictions {
  readonly model?: readonly string[];
  readonly tenant?: string;
  readonly policy?: string;
}

/** Adds the options of `Restrictions` to a command. */
export const withRestrictions = (command: Command): Command =>
  command
    .option(
      '--model <id>',
      'the only models it may see and use (default: all); repeat it or part by commas',
      collectModels,
    )
    .option('--tenant <name>', 'whose jobs and caches it shares (default: nobody else)', parseName)
    .option('--policy <name>', 'redaction policy of its requests (default: the usual one)', parseName);
