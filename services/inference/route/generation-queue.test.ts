import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationEvent } from '../call.ts';
import { GenerationQueue } from './generation-queue.ts';
import { read } from './harness.ts';

const FINISHED = {
  type: 'finished',
  id: 0,
  reason: 'stop',
  usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
} as const;

const setUp = () => {
  const controller = new AbortController();
  const calls: string[] = [];
  const queue = new GenerationQueue({
    model: 'm',
    signal: controller.signal,
    cancel: () => calls.push('cancel'),
    onFirstToken: () => calls.push('first token'),
  });
  return { controller, calls, queue, events: { [Symbol.asyncIterator]: () => queue } };
};

describe('the queue of a generation', () => {
  it('hands out what gathered before anyone read, and what comes while someone waits', async () => {
    const { queue, events, calls } = setUp();
    queue.accepted(1);
    queue.tokens('a', 1);
    const outcome = read(events, (event) => {
      if (event.type === 'text' && event.text === 'a') {
        queue.tokens('b', 1);
        setImmediate(() => queue.finished(FINISHED));
      }
    });
    expect(await outcome).toEqual({ text: 'ab', reason: 'stop', error: undefined });
    expect(calls).toEqual(['first token']);
  });

  it('hands out what came before a failure, then the failure', async () => {
    const { queue, events, calls } = setUp();
    queue.tokens('a', 1);
    queue.failed(new ServiceError('ERR_ENGINE_DIED', 'dead'));
    expect(await read(events)).toMatchObject({ text: 'a', error: { code: 'ERR_ENGINE_DIED' } });
    expect(calls).toEqual(['first token']);
  });

  it('cancels when the reader leaves, once', async () => {
    const { queue, events, calls, controller } = setUp();
    queue.tokens('a', 1);
    queue.tokens('b', 1);
    for await (const _ of events) break;
    controller.abort();
    expect(calls).toEqual(['first token', 'cancel']);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  it('throws the reason of its signal at a waiting reader, and drops what gathered', async () => {
    const { queue, calls, controller } = setUp();
    const waiting = queue.next();
    controller.abort(new Error('late'));
    await expect(waiting).rejects.toThrow('late');
    const other = setUp();
    other.queue.tokens('unread', 1);
    other.controller.abort(new Error('late'));
    await expect(other.queue.next()).rejects.toThrow('late');
    expect(calls).toEqual(['cancel']);
  });

  it('cancels nothing after the end', async () => {
    const { queue, events, calls, controller } = setUp();
    queue.finished(FINISHED);
    await read(events);
    controller.abort();
    expect(calls).toEqual([]);
  });

  it('joins the text of a reader who falls far behind, losing none of it', async () => {
    const { queue, events } = setUp();
    const seen: GenerationEvent[] = [];
    for (let index = 0; index < 1000; index += 1) queue.tokens(String(index % 10), 1);
    queue.finished(FINISHED);
    const { text } = await read(events, (event) => seen.push(event));
    expect(text).toBe('0123456789'.repeat(100));
    expect(seen.length).toBeLessThan(100);
    expect(seen.reduce((sum, event) => sum + (event.type === 'text' ? event.tokens : 0), 0)).toBe(1000);
  });
});
