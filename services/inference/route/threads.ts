/** Threads one replica asks for: a number of its own, or a fair share. */
export type ThreadClaim = number | 'auto';

/**
 * Divides the threads of this machine among replicas, in the order given; `undefined` when one would get none.
 * Threads beyond the cores make every engine slower (two 2-thread engines on 2 cores give less than half of one), so
 * the sum never exceeds the budget.
 */
export const divideThreads = (budget: number, claims: readonly ThreadClaim[]): readonly number[] | undefined => {
  const fixed = claims.reduce<number>((sum, claim) => sum + (claim === 'auto' ? 0 : claim), 0);
  const sharers = claims.filter((claim) => claim === 'auto').length;
  const shared = budget - fixed;
  if (shared < sharers) return undefined;
  const share = sharers === 0 ? 0 : Math.floor(shared / sharers);
  let extra = shared - share * sharers;
  return claims.map((claim) => {
    if (claim !== 'auto') return claim;
    extra -= 1;
    return extra >= 0 ? share + 1 : share;
  });
};
