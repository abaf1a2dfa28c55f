import { type BuildFacts, PINNED, type RecordedLogits } from './pinned.ts';

/** How far the logits of the smoke decode may be from the recorded ones: variants of the CPU code round differently. */
const LOGIT_TOLERANCE = 1e-2;

/** What can be known of a build before anything is computed. */
export type StaticFacts = Omit<BuildFacts, 'logits'>;

/** What an npm package says of itself; read before anything of it is loaded. */
export type PackageFacts = Pick<StaticFacts, 'packageVersion' | 'release'>;

/** In which a package differs from the one the tables were written for, a sentence each; none: its libraries may be opened. */
export const findWrongPackage = (facts: PackageFacts, pinned: PackageFacts = PINNED): string[] => [
  ...compare('package version', facts.packageVersion, pinned.packageVersion),
  ...compare('llama.cpp release', facts.release, pinned.release),
];

/** The same for everything a build tells without computing; none: safe to call. */
export const findMismatches = (facts: StaticFacts, pinned: StaticFacts = PINNED): string[] => [
  ...findWrongPackage(facts, pinned),
  ...compare('library version', facts.libraryVersion, pinned.libraryVersion),
  ...compareAll('size of', facts.sizes, pinned.sizes),
  ...compareAll('default of', facts.defaults, pinned.defaults),
];

/** The same for the logits that the smoke decode gave, one for each token; `undefined` where it gave none. */
export const findWrongLogits = (
  got: readonly number[] | undefined,
  recorded: RecordedLogits = PINNED.logits,
): string[] => {
  if (got === undefined) return ['smoke decode: the model that comes with the engine did not run'];
  return recorded.flatMap(([token, expected]) => {
    const logit = got[token] ?? Number.NaN;
    const isEqual = Math.abs(logit - expected) <= LOGIT_TOLERANCE;
    return isEqual ? [] : [`smoke decode: expected ${expected} for token ${token}, got ${logit}`];
  });
};

type Value = string | number | boolean | null | undefined;

const compare = (what: string, got: Value, expected: Value): string[] =>
  got === expected ? [] : [`${what}: expected ${expected}, got ${got === '' ? 'none' : got}`];

const compareAll = (
  what: string,
  got: Readonly<Record<string, Value>>,
  expected: Readonly<Record<string, Value>>,
): string[] => Object.entries(expected).flatMap(([name, value]) => compare(`${what} ${name}`, got[name], value));
