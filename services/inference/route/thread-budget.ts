import { divideThreads, type ThreadClaim } from './threads.ts';

/** One replica's part in the budget. */
export interface ThreadShare {
  readonly claim: ThreadClaim;
  /** Not counted: it stands by for one with an equal claim, and has as many threads. */
  readonly isExtra: boolean;
  /** Told its number when it joins and whenever it changes. */
  readonly apply: (threads: number) => void;
}

/** The CPU threads of this machine, divided among the replicas that run now. */
export interface ThreadBudget {
  readonly total: number;
  /** Those that replicas have now. */
  readonly used: number;
  /** Would this many more replicas with this claim leave everyone at least one thread? */
  hasRoom(claim: ThreadClaim, count: number): boolean;
  /** False, and nothing changes, when there is no room. */
  join(share: ThreadShare): boolean;
  leave(share: ThreadShare): void;
}

/** One replica's access to the budget. */
export interface ThreadSource {
  /** False when there are no threads for it; `apply` is told their number now and whenever it changes. */
  join(apply: (threads: number) => void): boolean;
  leave(): void;
}

/** Access for one replica; without a budget it takes no threads and always finds room. */
export const threadSource = (
  budget: ThreadBudget | undefined,
  terms: Pick<ThreadShare, 'claim' | 'isExtra'>,
): ThreadSource => {
  let share: ThreadShare | undefined;
  return {
    join(apply) {
      share ??= { ...terms, apply };
      return budget?.join(share) ?? true;
    },
    leave() {
      if (share !== undefined) budget?.leave(share);
    },
  };
};

/** Divides again whenever a replica comes or goes. */
export const createThreadBudget = (total: number): ThreadBudget => {
  const shares = new Map<ThreadShare, number>();
  const extras = new Map<ThreadShare, number>();

  const claimsWith = (claims: readonly ThreadClaim[]): ThreadClaim[] => [
    ...[...shares.keys()].map((share) => share.claim),
    ...claims,
  ];

  const divide = (): void => {
    const parts = divideThreads(total, claimsWith([])) ?? [];
    for (const [index, share] of [...shares.keys()].entries()) {
      const threads = parts[index] ?? 1;
      if (shares.get(share) === threads) continue;
      shares.set(share, threads);
      share.apply(threads);
    }
    for (const extra of extras.keys()) tellExtra(extra);
  };

  const tellExtra = (extra: ThreadShare): void => {
    const equal = [...shares].flatMap(([{ claim }, threads]) => (claim === extra.claim ? [threads] : []));
    const threads = equal.length > 0 ? Math.max(...equal) : (divideThreads(total, [extra.claim])?.[0] ?? 1);
    if (extras.get(extra) === threads) return;
    extras.set(extra, threads);
    extra.apply(threads);
  };

  return {
    total,
    get used() {
      return [...shares.values()].reduce((sum, threads) => sum + threads, 0);
    },
    hasRoom: (claim, count) => divideThreads(total, claimsWith(new Array(count).fill(claim))) !== undefined,
    join(share) {
      if (shares.has(share) || extras.has(share)) return true;
      if (share.isExtra) {
        extras.set(share, 0);
        tellExtra(share);
        return true;
      }
      if (divideThreads(total, claimsWith([share.claim])) === undefined) return false;
      shares.set(share, 0);
      divide();
      return true;
    },
    leave(share) {
      extras.delete(share);
      if (shares.delete(share)) divide();
    },
  };
};
