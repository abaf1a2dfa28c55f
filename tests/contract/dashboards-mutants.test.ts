import { describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { readBoards } from '../../dashboards/json-files.ts';
import { readBoard } from '../../dashboards/lint/board.ts';
import { sayFinding } from '../../dashboards/lint/finding.ts';
import { lintBoards, lintOne, worldOf } from '../../dashboards/lint/lint.ts';
import { lintColours } from '../../dashboards/lint/rules/colours.ts';
import { type Mutant, mutantsOf } from '../dashboards/mutants.ts';

const WORLD = worldOf(configSchema.parse({}));
const BOARDS = readBoards();
const MUTANTS = BOARDS.flatMap(mutantsOf);

const MISTAKES = [
  'metric',
  'matcher',
  'unit',
  'threshold',
  'nulls',
  'colour',
  'place',
] as const satisfies readonly Mutant['mistake'][];

describe('the boards that are shipped', () => {
  it('have nothing against them', () => expect(lintBoards(BOARDS, WORLD).map(sayFinding)).toEqual([]));

  it.for(MISTAKES)('are told from every one with a wrong %s', (mistake) => {
    const wrong = MUTANTS.filter((mutant) => mutant.mistake === mistake);
    expect(wrong.length).toBeGreaterThan(0);
    const missed = wrong.filter(({ json }) => {
      const board = readBoard(json);
      return lintOne(board, WORLD).length === 0 && lintColours([board]).length === 0;
    });
    expect(missed.map(({ where }) => where)).toEqual([]);
  });
});
