import { SetupError } from './setup-error.mjs';

/** @typedef {{ file: string, args: string[] }} Program a file of this project and what to tell it */

/** The development tools that scripts may name; each is plain JavaScript that runs under this project's Node. */
export const TOOLS = /** @type {Readonly<Record<string, string>>} */ (
  Object.freeze({
    biome: 'node_modules/@biomejs/biome/bin/biome',
    tsc: 'node_modules/typescript/bin/tsc',
    vitest: 'node_modules/vitest/vitest.mjs',
  })
);

/**
 * What the words after `bootstrap.mjs` ask for: `--setup` nothing but the set-up, `--test` the tests, `--run FILE` a file
 * of this project, `--tool NAME` a development tool, anything else the command line itself.
 * @param {readonly string[]} words @returns {Program | undefined}
 */
export const parseArguments = (words) => {
  const [first, second, ...rest] = words;
  if (first === '--setup') return undefined;
  if (first === '--test') return { file: 'tests/run.ts', args: words.slice(1) };
  if (first === '--run') {
    if (second === undefined) throw new SetupError('--run: expected a file of this project, got nothing');
    return { file: second, args: rest };
  }
  if (first === '--tool') {
    const file = second === undefined ? undefined : TOOLS[second];
    if (file !== undefined) return { file, args: rest };
    throw new SetupError(`--tool: expected one of ${Object.keys(TOOLS).join(', ')}, got ${second ?? 'nothing'}`);
  }
  return { file: 'cli/main.ts', args: [...words] };
};
