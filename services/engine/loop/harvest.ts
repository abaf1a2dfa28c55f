import type { CellPool } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import { deliver } from './deliver.ts';
import type { Share } from './share.ts';

/** What came of one share: whether its answer goes on, and how many of its guesses were right. */
export interface Yield {
  readonly goesOn: boolean;
  readonly accepted: number;
}

/**
 * Samples an answer at its places in turn, as long as each token is the one that was guessed, so that the answer is the
 * same as without guesses; gives the cells of wrong guesses back.
 */
export const harvest = (
  { decoder, pool, width }: { readonly decoder: Decoder; readonly pool: CellPool; readonly width: number },
  { running: { task, holding }, guesses }: Share,
  places: readonly number[],
): Yield => {
  task.sink.stepped?.(width);
  task.guesses.rejected += guesses.length;
  let accepted = 0;
  let goesOn = true;
  for (const place of places) {
    const sampled = task.sampler.sample(place);
    goesOn = deliver(task, sampled);
    if (!goesOn || sampled.kind !== 'token' || sampled.token !== guesses[accepted]) break;
    // The cell of this very token is computed already.
    pool.grow(holding, 1);
    accepted += 1;
    task.guesses.accepted += 1;
    task.guesses.rejected -= 1;
  }
  if (accepted < guesses.length) decoder.remove(holding.slot, holding.length);
  return { goesOn, accepted };
};
