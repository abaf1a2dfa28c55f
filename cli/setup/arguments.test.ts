import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseArguments, TOOLS } from './arguments.mjs';

it.each([
  [[], { file: 'cli/main.ts', args: [] }],
  [['up', '--port', '0'], { file: 'cli/main.ts', args: ['up', '--port', '0'] }],
  [['--help'], { file: 'cli/main.ts', args: ['--help'] }],
  [['--test', 'core'], { file: 'tests/run.ts', args: ['core'] }],
  [['--run', 'bench/main.ts', 'gateway'], { file: 'bench/main.ts', args: ['gateway'] }],
  [['--tool', 'vitest', 'run'], { file: 'node_modules/vitest/vitest.mjs', args: ['run'] }],
  [['--setup'], undefined],
])('reads %j', (words, expected) => expect(parseArguments(words)).toEqual(expected));

it('says which tools there are', () =>
  expect(() => parseArguments(['--tool', 'eslint'])).toThrow('expected one of biome, tsc, vitest, got eslint'));

it('asks for the file to run', () => expect(() => parseArguments(['--run'])).toThrow('expected a file'));

it.each(Object.values(TOOLS))('names a tool that exists: %s', (file) =>
  expect(existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)))).toBe(true),
);
