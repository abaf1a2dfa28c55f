import { describe, expect, it } from 'vitest';
import type { GenerationSink } from '../engine.ts';
import { type Faults, NO_FAULTS } from './fate.ts';
import { createLoop, type LoopDeps, type Sequence } from './loop.ts';
import { createRandom, createScript } from './script.ts';

interface Listener extends GenerationSink {
  readonly chunks: string[];
  readonly ended: Promise<string>;
}

const listen = (onChunk: (chunks: string[]) => void = () => {}): Listener => {
  const chunks: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  return {
    chunks,
    ended: promise,
    accepted: () => {},
    started: () => {},
    tokens(text) {
      chunks.push(text);
      onChunk(chunks);
      return true;
    },
    finished: resolve,
    failed: (error) => resolve(error.code),
  };
};

const setUp = (deps: Partial<LoopDeps> = {}) => {
  const ends: number[] = [];
  const faults: string[] = [];
  let turns = 0;
  const loop = createLoop({
    tokenMs: () => 0,
    now: () => performance.now(),
    turn: () => {
      turns += 1;
    },
    onEnd: (id) => ends.push(id),
    onFault: (fate) => faults.push(fate),
    ...deps,
  });
  const play = (id: number, sink: GenerationSink, characters: number, strikes: Partial<Faults> = {}): Sequence => {
    const sequence: Sequence = {
      id,
      sink,
      script: createScript('x'.repeat(characters), 1, createRandom(1)),
      limit: 10_000,
      isDoomed: false,
      faults: () => ({ ...NO_FAULTS, ...strikes }),
      sent: 0,
      dueAt: performance.now(),
    };
    loop.add(sequence);
    return sequence;
  };
  return { loop, play, ends, faults, turns: () => turns };
};

const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('createLoop', () => {
  it('plays a script to its end and frees the slot', async () => {
    const { play, ends } = setUp();
    const sink = listen();
    play(1, sink, 5);
    expect(await sink.ended).toBe('stop');
    expect(sink.chunks).toHaveLength(5);
    expect(ends).toEqual([1]);
  });

  it('serves all sequences in turn, however long one of them is', async () => {
    const { play } = setUp();
    const long = listen();
    const short = listen();
    play(1, long, 1000);
    play(2, short, 20);
    await short.ended;
    expect(long.chunks.length).toBeLessThan(100);
    await long.ended;
  });

  it('says nothing more about a sequence that was removed', async () => {
    const { loop, play, ends } = setUp();
    const gone = listen((chunks) => chunks.length === 3 && loop.remove(1));
    const other = listen();
    play(1, gone, 100);
    play(2, other, 100);
    await other.ended;
    expect(gone.chunks.length).toBeLessThanOrEqual(16);
    expect(ends).toContain(1);
    expect(loop.remove(1)).toBe(false);
  });

  it('fails with what it sent so far', async () => {
    const { play } = setUp();
    const sink = listen();
    play(1, sink, 10, { failAfterTokens: 4 });
    expect(await sink.ended).toBe('ERR_ENGINE_FAILED');
    expect(sink.chunks).toHaveLength(4);
  });

  it('stops turning and hears of no cancel while it hangs, and goes on when resumed', async () => {
    const { loop, play, ends, turns } = setUp();
    const strikes: { hangAfterTokens: number | null } = { hangAfterTokens: 2 };
    const sink = listen();
    const sequence = play(1, sink, 5);
    Object.assign(sequence, { faults: () => ({ ...NO_FAULTS, ...strikes }) });
    await settled();
    const turnsThen = turns();
    expect(sink.chunks).toHaveLength(2);
    expect(loop.remove(1)).toBe(true);
    await settled();
    expect([turns(), ends]).toEqual([turnsThen, []]);
    strikes.hangAfterTokens = null;
    loop.resume();
    expect(await sink.ended).toBe('stop');
    expect(sink.chunks).toHaveLength(5);
  });

  it.each([
    ['crash', { crashAfterTokens: 1 }],
    ['garbage', { wrongBytes: true }],
  ] as const)('reports a %s instead of going on', async (fate, strikes) => {
    const { play, faults } = setUp();
    const sink = listen();
    play(1, sink, 5, strikes);
    await settled();
    expect(faults).toEqual([fate]);
    expect(sink.chunks.length).toBeLessThan(2);
  });

  it('keeps turning while the next token is far off', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let turns = 0;
    const { play } = setUp({
      tokenMs: () => 3_600_000,
      turn: () => {
        turns += 1;
        if (turns === 3) resolve();
      },
    });
    play(1, listen(), 5);
    await promise;
  });
});
