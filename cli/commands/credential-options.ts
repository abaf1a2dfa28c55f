import { InvalidArgumentError } from 'commander';
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
