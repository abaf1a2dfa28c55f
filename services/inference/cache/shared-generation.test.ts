import { describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationEvent } from '../call.ts';
import { type Joining, SharedGeneration } from './shared-generation.ts';
import { ACCEPTED, ANSWER, collect, FINISHED, manualRoute, REQUEST, settle, text, textOf } from './test-generation.ts';

const NOW = 1000;

const open = () => {
  const { generate, asked } = manualRoute();
  const onEnd = vi.fn<(events?: readonly GenerationEvent[]) => void>();
  const generation = new SharedGeneration({ request: REQUEST, generate, now: () => NOW, onEnd });
  const join = (joining: Partial<Joining> = {}) => {
    const iterator = generation.join({
      priority: 'normal',
      deadlineAt: NOW + 100,
      signal: new AbortController().signal,
      cache: undefined,
      ...joining,
    });
    return { [Symbol.asyncIterator]: () => iterator, iterator };
  };
  return { asked, onEnd, join };
};

const refusal = () => new ServiceError('ERR_ADMIT_DEADLINE', 'cannot be kept');

describe('a shared generation', () => {
  it('gives every reader everything from the beginning, whenever it came', async () => {
    const { asked, join } = open();
    const first = collect(join());
    await settle();
    asked[0]?.push(ACCEPTED, text('he'));
    await settle();
    const second = collect(join({ cache: 'shared' }));
    await settle();
    asked[0]?.push(text('llo'), FINISHED);
    expect(await first).toEqual(ANSWER);
    expect(await second).toEqual([{ ...ACCEPTED, cache: 'shared' }, ...ANSWER.slice(1)]);
    expect(asked).toHaveLength(1);
  });

  it('asks nobody before the first reader reads, and no further than the fastest one', async () => {
    const { asked, join } = open();
    const { iterator } = join();
    await settle();
    expect(asked).toHaveLength(0);
    const slow = join().iterator;
    const reading = iterator.next();
    await settle();
    asked[0]?.push(...ANSWER);
    expect((await reading).value).toEqual(ACCEPTED);
    expect((await slow.next()).value).toEqual(ACCEPTED);
    expect((await slow.next()).value).toEqual(text('he'));
  });

  it('goes on for the others when the first reader leaves', async () => {
    const { asked, join } = open();
    const { iterator } = join();
    void iterator.next();
    const second = collect(join());
    await settle();
    await iterator.return?.();
    expect(asked[0]?.signal.aborted).toBe(false);
    asked[0]?.push(...ANSWER);
    expect(await second).toEqual(ANSWER);
  });

  it('goes on for the others when one is aborted, which ends with its own reason', async () => {
    const { asked, join } = open();
    const client = new AbortController();
    const gone = expect(collect(join({ signal: client.signal }))).rejects.toThrow('gone');
    const second = collect(join());
    await settle();
    client.abort(new Error('gone'));
    await gone;
    asked[0]?.push(...ANSWER);
    expect(await second).toEqual(ANSWER);
  });

  it('is cancelled when the last reader leaves, and kept by nobody', async () => {
    const { asked, join, onEnd } = open();
    const readers = [join().iterator, join().iterator];
    for (const reader of readers) void reader.next();
    await settle();
    await readers[0]?.return?.();
    expect(asked[0]?.signal.aborted).toBe(false);
    await readers[1]?.return?.();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(onEnd.mock.calls).toEqual([[undefined]]);
  });

  it('hands over all of a complete answer once, and cancels nothing', async () => {
    const { asked, join, onEnd } = open();
    const reading = collect(join());
    await settle();
    asked[0]?.push(...ANSWER);
    await reading;
    expect(onEnd.mock.calls).toEqual([[ANSWER]]);
    expect(asked[0]?.signal.aborted).toBe(false);
  });

  it('gives an error to all, each after what came before it', async () => {
    const { asked, join, onEnd } = open();
    const seen: GenerationEvent[] = [];
    const reads = async () => {
      for await (const event of join()) seen.push(event);
    };
    const first = expect(reads()).rejects.toThrow('broken');
    const second = expect(collect(join())).rejects.toThrow('broken');
    await settle();
    asked[0]?.push(ACCEPTED, text('he'));
    asked[0]?.fail(new ServiceError('ERR_ENGINE_DIED', 'broken'));
    await Promise.all([first, second]);
    expect(textOf(seen)).toBe('he');
    expect(onEnd.mock.calls).toEqual([[undefined]]);
  });

  it('gives what is thrown when it is asked to all who wait', async () => {
    const generation = new SharedGeneration({
      request: REQUEST,
      generate: () => {
        throw new ServiceError('ERR_ROUTE_BREAKER_OPEN', 'open');
      },
      now: () => NOW,
      onEnd: () => undefined,
    });
    const { signal } = new AbortController();
    const reader = generation.join({ priority: 'low', deadlineAt: NOW, signal, cache: undefined });
    await expect(reader.next()).rejects.toMatchObject({ code: 'ERR_ROUTE_BREAKER_OPEN' });
  });

  it('ends with an error when the generation ends without being finished', async () => {
    const generation = new SharedGeneration({
      request: REQUEST,
      async *generate() {
        yield ACCEPTED;
      },
      now: () => NOW,
      onEnd: () => undefined,
    });
    const { signal } = new AbortController();
    const reader = generation.join({ priority: 'low', deadlineAt: NOW, signal, cache: undefined });
    await reader.next();
    await expect(reader.next()).rejects.toMatchObject({ code: 'ERR_ENGINE_FAILED' });
  });
});

describe('what a shared generation asks for', () => {
  it('is as urgent as the most urgent reader, and never less', async () => {
    const { asked, join } = open();
    const readings = [collect(join({ priority: 'low' }))];
    await settle();
    asked[0]?.push(ACCEPTED);
    await settle();
    readings.push(collect(join({ priority: 'high' })));
    await settle();
    readings.push(collect(join({ priority: 'normal' })));
    await settle();
    expect(asked.map(({ request, signal }) => [request.priority, signal.aborted])).toEqual([
      ['low', true],
      ['high', false],
    ]);
    asked[1]?.push(...ANSWER);
    expect(await Promise.all(readings)).toEqual([ANSWER, ANSWER, ANSWER]);
  });

  it('is not asked for again once there is text', async () => {
    const { asked, join } = open();
    const first = collect(join({ priority: 'low' }));
    await settle();
    asked[0]?.push(ACCEPTED, text('he'));
    await settle();
    const second = collect(join({ priority: 'high' }));
    asked[0]?.push(text('llo'), FINISHED);
    expect(await Promise.all([first, second])).toEqual([ANSWER, ANSWER]);
    expect(asked).toHaveLength(1);
  });

  it('has the time of the reader with the most', async () => {
    const { asked, join } = open();
    const short = join({ deadlineAt: NOW + 50 });
    const long = join({ deadlineAt: NOW + 500 });
    const readings = [collect(short), collect(long)];
    await settle();
    expect(asked[0]?.request.deadlineMs).toBe(500);
    asked[0]?.push(...ANSWER);
    await Promise.all(readings);
  });

  it('is refused for a deadline only to those who have it', async () => {
    const { asked, join } = open();
    const short = expect(collect(join({ deadlineAt: NOW + 50 }))).rejects.toMatchObject({ code: 'ERR_ADMIT_DEADLINE' });
    await settle();
    const long = collect(join({ deadlineAt: NOW + 500 }));
    asked[0]?.fail(refusal());
    await short;
    await settle();
    expect(asked[1]?.request.deadlineMs).toBe(500);
    asked[1]?.push(...ANSWER);
    expect(await long).toEqual(ANSWER);
  });

  it('is refused to all where none has more time', async () => {
    const { asked, join } = open();
    const readings = [collect(join()), collect(join({ deadlineAt: NOW + 50 }))].map((reading) =>
      expect(reading).rejects.toMatchObject({ code: 'ERR_ADMIT_DEADLINE' }),
    );
    await settle();
    asked[0]?.fail(refusal());
    await Promise.all(readings);
    expect(asked).toHaveLength(1);
  });
});
