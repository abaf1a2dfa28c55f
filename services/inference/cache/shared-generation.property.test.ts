import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { PRIORITIES } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { SharedGeneration } from './shared-generation.ts';
import { ACCEPTED, FINISHED, manualRoute, REQUEST, settle, text, textOf } from './test-generation.ts';

const WORDS = Array.from({ length: 200 }, (_, index) => `${index} `);
const WHOLE = WORDS.join('');

/** One reader that takes an event only when the test lets it. */
const startReader = (join: (signal: AbortSignal) => AsyncIterator<GenerationEvent>) => {
  const client = new AbortController();
  const iterator = join(client.signal);
  const seen: GenerationEvent[] = [];
  let state: 'reading' | 'complete' | 'left' | 'failed' = 'reading';
  let chain = Promise.resolve();
  const readOne = async () => {
    if (state !== 'reading') return;
    const { value, done } = await iterator.next();
    if (done === true) state = 'complete';
    else seen.push(value);
  };
  const fail = () => {
    if (state === 'reading') state = 'failed';
  };
  return {
    seen,
    state: () => state,
    read(count: number): void {
      for (let index = 0; index < count; index += 1) chain = chain.then(readOne).catch(fail);
    },
    leave(): void {
      if (state === 'reading') state = 'left';
      void iterator.return?.();
    },
    abort(): void {
      if (state === 'reading') state = 'left';
      client.abort(new Error('gone'));
    },
    async toEnd(): Promise<void> {
      while (state === 'reading') {
        chain = chain.then(readOne).catch(fail);
        await chain;
      }
    },
  };
};

const step = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), priority: fc.constantFrom(...PRIORITIES), ms: fc.nat(100) }),
  fc.record({ kind: fc.constant('read' as const), who: fc.nat(5), count: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ kind: fc.constantFrom('leave' as const, 'abort' as const), who: fc.nat(5) }),
  fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ kind: fc.constant('refuse' as const) }),
);

type StepOf = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Plays steps, then lets everybody read to the end. */
const play = async (steps: readonly StepOf[]) => {
  const { generate, asked } = manualRoute();
  let isOver = false;
  const generation = new SharedGeneration({ request: REQUEST, generate, now: () => 0, onEnd: () => (isOver = true) });
  const readers: ReturnType<typeof startReader>[] = [];
  const pushed = new Map<number, number>();
  const push = (count: number) => {
    const attempt = asked.length - 1;
    const from = pushed.get(attempt) ?? 0;
    const to = Math.min(WORDS.length, from + count);
    if (from === 0) asked[attempt]?.push(ACCEPTED);
    asked[attempt]?.push(...WORDS.slice(from, to).map(text));
    pushed.set(attempt, to);
  };
  for (const move of steps) {
    if (isOver) break;
    if (move.kind === 'join') {
      const { priority, ms } = move;
      readers.push(startReader((signal) => generation.join({ priority, deadlineAt: ms, signal, cache: 'shared' })));
    } else if (move.kind === 'push') push(move.count);
    else if (move.kind === 'refuse') {
      if ((pushed.get(asked.length - 1) ?? 0) === 0) asked.at(-1)?.fail(new ServiceError('ERR_ADMIT_DEADLINE', 'no'));
    } else if (move.kind === 'read') readers[move.who]?.read(move.count);
    else readers[move.who]?.[move.kind]();
    await settle();
  }
  const staying = readers.filter((reader) => reader.state() === 'reading');
  const ends = staying.map((reader) => reader.toEnd());
  await settle();
  push(WORDS.length);
  asked.at(-1)?.push(FINISHED);
  await Promise.all(ends);
  return { asked, readers, isOver: () => isOver };
};

describe('a shared generation, whoever comes, reads and leaves when', () => {
  it('gives each reader the answer from the beginning, in order, and whole to those who stay', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { readers } = await play([{ kind: 'join', priority: 'normal', ms: 50 }, ...steps]);
        for (const reader of readers) {
          expect(WHOLE.startsWith(textOf(reader.seen))).toBe(true);
          expect(reader.seen.filter(({ type }) => type === 'accepted').length).toBeLessThanOrEqual(1);
          if (reader.state() !== 'complete') continue;
          expect(textOf(reader.seen)).toBe(WHOLE);
          expect([reader.seen[0]?.type, reader.seen.at(-1)]).toEqual(['accepted', FINISHED]);
        }
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it('leaves no generation behind: each is finished, or cancelled when nobody reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { asked, readers, isOver } = await play([{ kind: 'join', priority: 'normal', ms: 50 }, ...steps]);
        await settle();
        for (const earlier of asked.slice(0, -1)) expect(earlier.signal.aborted).toBe(true);
        const isComplete = readers.some((reader) => reader.state() === 'complete');
        if (isComplete) expect(asked.at(-1)?.signal.aborted).toBe(false);
        const hasReaders = readers.some((reader) => reader.state() === 'reading');
        expect([hasReaders, isOver()]).toEqual([false, true]);
      }),
      { seed: 12, numRuns: 150 },
    );
  });
});
