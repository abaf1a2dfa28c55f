import type { CellPool } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import { createPrefixSaver } from './prefix-saver.ts';
import { createPrefixStash } from './prefix-stash.ts';
import { createStreamPool } from './stream-pool.ts';
import { createCellPool } from './tree-pool.ts';

interface OpenOptions {
  readonly decoder: Decoder;
  readonly slots: number;
  readonly idleCells: number;
  readonly stashBytes?: number;
}

/**
 * The pool of a loop, for cells that all slots share, cells of each slot, or cells that cannot be kept at all. Where
 * prefixes may leave a shared pool, the sequence after those of the slots is what they are written out by.
 */
export const createPool = (options: OpenOptions): CellPool => {
  const { decoder, slots, stashBytes = 0 } = options;
  if (!decoder.canShare && decoder.canCut) return createStreamPool({ ...options, ...stashOf(stashBytes) });
  if (!decoder.canShare || stashBytes === 0) return createCellPool(options);
  const saver = createPrefixSaver({ decoder, stash: createPrefixStash(stashBytes), scratch: slots });
  return createCellPool({ ...options, saver, firstSequence: slots + 1 });
};

const stashOf = (bytes: number) => (bytes === 0 ? {} : { stash: createPrefixStash(bytes) });
