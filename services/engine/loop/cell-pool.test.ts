import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellPool, Holding } from './cell-pool.ts';
import { createFakeDecoder, type FakeDecoder } from './fake-decoder.ts';
import { promptOf } from './stand.ts';
import { createCellPool } from './tree-pool.ts';

const SLOTS = 3;

const stand = ({ cells = 400, idleCells = 400, sequences = 16 } = {}) => {
  const decoder = createFakeDecoder({ cells, batchTokens: cells, sequences });
  return { decoder, pool: createCellPool({ decoder, slots: SLOTS, idleCells }) };
};

/** Computes what is missing of a prompt and keeps it. */
const compute = (
  { decoder, pool }: { decoder: FakeDecoder; pool: CellPool },
  holding: Holding,
  tokens: number[],
): void => {
  for (let position = holding.length; position < tokens.length; position += 1) {
    decoder.add({ token: tokens[position] ?? 0, position, sequence: holding.slot, isSampled: false });
  }
  if (decoder.decode() !== 'done') throw new Error('no room');
  pool.grow(holding, tokens.length - holding.length);
  pool.keep(holding, tokens);
};

const run = (stage: ReturnType<typeof stand>, tokens: number[], { slot = 0, owner = '' } = {}): number => {
  const holding = stage.pool.take(slot, owner, tokens);
  const cached = holding.length;
  compute(stage, holding, tokens);
  stage.pool.release(holding);
  return cached;
};

describe('createCellPool', () => {
  it('gives up the prefix that was not used for the longest time', () => {
    const stage = stand({ cells: 31 });
    for (const seed of [1, 2, 3]) run(stage, promptOf(10, seed));
    run(stage, promptOf(10, 1));
    expect(stage.pool.makeRoom(11)).toBe(true);
    expect([1, 2, 3].map((seed) => stage.pool.known('', [...promptOf(10, seed), 0]))).toEqual([10, 0, 10]);
  });

  it('gives up the end of a prefix before its beginning, which others may share', () => {
    const stage = stand({ cells: 40 });
    run(stage, [...promptOf(10), ...promptOf(10, 2)]);
    run(stage, [...promptOf(10), ...promptOf(10, 3)]);
    stage.pool.makeRoom(30);
    expect(stage.pool.known('', [...promptOf(10), 0])).toBe(10);
  });

  it('gives up nothing that is used at the moment', () => {
    const stage = stand({ cells: 20 });
    const holding = stage.pool.take(0, '', promptOf(12));
    compute(stage, holding, promptOf(12));
    expect([stage.pool.makeRoom(9), stage.pool.known('', promptOf(13)), stage.pool.idle]).toEqual([false, 12, 0]);
    stage.pool.release(holding);
    expect([stage.pool.idle, stage.pool.makeRoom(9), stage.pool.idle]).toEqual([12, true, 11]);
  });

  it('knows nothing of what another owner asked, and remembers no owner for asking', () => {
    const stage = stand();
    run(stage, promptOf(10), { owner: 'a' });
    expect([stage.pool.known('b', promptOf(10)), run(stage, promptOf(10), { owner: 'b' })]).toEqual([0, 0]);
    expect(run(stage, promptOf(10), { owner: 'a' })).toBe(9);
  });

  it('counts idle and free cells as they are, whatever is taken, kept and released', () => {
    const text = fc.record({ seed: fc.integer({ min: 1, max: 3 }), shared: fc.integer({ min: 0, max: 8 }) });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), fc.integer({ min: 0, max: 40 }), (texts, idleCells) => {
        const stage = stand({ idleCells, sequences: 8 });
        const held: Holding[] = [];
        for (const [index, { seed, shared }] of texts.entries()) {
          const tokens = [...promptOf(shared), ...promptOf(6, seed + 1)];
          const holding = stage.pool.take(index % SLOTS, '', tokens);
          compute(stage, holding, tokens);
          held.push(holding);
          if (held.length === SLOTS) for (const one of held.splice(0)) stage.pool.release(one);
          expect(400 - stage.pool.free).toBe(stage.decoder.usedCells);
        }
        for (const one of held) stage.pool.release(one);
        expect(stage.pool.idle).toBe(stage.decoder.usedCells);
        expect(stage.pool.idle).toBeLessThanOrEqual(idleCells);
      }),
    );
  });
});
