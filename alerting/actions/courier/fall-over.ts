import type { Note } from '../notifier/notifier.ts';
import { type Attempts, type createDelivery, type Result, type Target, targetsOf, type Way } from './delivery.ts';

/** How far a message came. */
export interface Reach {
  /** Ways by which somebody got it. */
  readonly by: readonly string[];
  /** Recipients of the first way who got it by none. */
  readonly missing: number;
  /** Why, by way and in order; none where all went well. */
  readonly failures: readonly { readonly way: string; readonly result: Exclude<Result, { kind: 'reached' }> }[];
}

interface Options {
  readonly ways: readonly Way[];
  readonly deliver: ReturnType<typeof createDelivery>;
  readonly note: Note;
  readonly attempts: Attempts;
  readonly signal: AbortSignal;
}

/**
 * Asks one way after the other until everybody of the first has the message. Where a later way knows the same number it
 * gets only those who lack it; where it has others (a room, another person), they are told in place of those.
 */
export const fallOver = async ({ ways, deliver, note, attempts, signal }: Options): Promise<Reach> => {
  const by: string[] = [];
  const failures: Reach['failures'][number][] = [];
  let missing: ReadonlySet<string> | undefined;
  for (const way of ways) {
    if (missing?.size === 0 || signal.aborted) break;
    const all = targetsOf(way);
    const lacking = all.filter(({ recipient }) => missing?.has(recipient) === true);
    const targets = lacking.length > 0 ? lacking : all;
    const results = await deliver(way, targets, { note, attempts, signal });
    const reached = [...results].filter(([, { kind }]) => kind === 'reached').map(([{ recipient }]) => recipient);
    if (reached.length > 0) by.push(way.id);
    for (const result of results.values()) if (result.kind !== 'reached') failures.push({ way: way.id, result });
    missing = stillMissing(missing, targets, lacking.length > 0, reached);
  }
  return { by, missing: missing?.size ?? 0, failures };
};

const stillMissing = (
  before: ReadonlySet<string> | undefined,
  targets: readonly Target[],
  areSame: boolean,
  reached: readonly string[],
): ReadonlySet<string> => {
  if (before === undefined)
    return without(
      targets.map(({ recipient }) => recipient),
      reached,
    );
  if (areSame) return without([...before], reached);
  return reached.length > 0 ? new Set() : before;
};

const without = (all: readonly string[], some: readonly string[]): ReadonlySet<string> =>
  new Set(all.filter((one) => !some.includes(one)));
