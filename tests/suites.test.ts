import { expect, it } from 'vitest';
import { checksOf, chooseSuite, vitestArguments } from './suites.ts';

const VITEST = ['node_modules/vitest/vitest.mjs', 'run'];

it('runs every layer and every check when nothing is said', () => {
  const { suite, rest } = chooseSuite([]);
  expect(checksOf(suite).map(({ name }) => name)).toEqual(['lint', 'types']);
  expect(vitestArguments(suite, rest)).toEqual([
    ...VITEST,
    ...['--project', 'unit', '--project', 'contract', '--project', 'system'],
  ]);
});

it('passes what it does not know on to vitest', () => {
  const { suite, rest } = chooseSuite(['core/errors', '--bail', '1']);
  expect(vitestArguments(suite, rest).slice(-3)).toEqual(['core/errors', '--bail', '1']);
});

it('leaves the choice of projects to a caller who makes one', () => {
  const { suite, rest } = chooseSuite(['--project=unit']);
  expect(vitestArguments(suite, rest)).toEqual([...VITEST, '--project=unit']);
});

it('names the suites there are when asked for another', () =>
  expect(() => chooseSuite(['--suite', 'nothing'])).toThrow('got nothing'));
