import { describe, expect, it } from 'vitest';
import { mutantsOf } from './mutants.ts';

describe('mistakes in an expression', () => {
  it('are every other comparison and every number that is a little off', () => {
    expect(mutantsOf('max by (job) (rate(a_5{x="> 1"}[5m])) > 20').map(({ expr }) => expr.slice(38))).toEqual([
      '>= 20',
      '< 20',
      '> 22',
      '> 18',
    ]);
  });

  it('move a threshold of zero by a whole', () => {
    expect(mutantsOf('a > 0').map(({ expr }) => expr)).toEqual(['a >= 0', 'a < 0', 'a > 2', 'a > (-1)']);
  });

  it('leave out a clause with all that belongs to it, and what stands before an `or`', () => {
    expect(mutantsOf('(a and on (job) b) or absent(c)').map(({ expr }) => expr)).toEqual([
      '(a  ) or absent(c)',
      '(a and on (job) b)',
      'absent(c)',
    ]);
  });

  it('leave durations alone', () => expect(mutantsOf('a offset 1h')).toEqual([]));
});
