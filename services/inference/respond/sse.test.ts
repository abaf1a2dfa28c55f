import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { streamEvents } from './sse.ts';
import { KEEP_ALIVE, type StreamEncoder, type StreamSink } from './stream-writer.ts';

const HEARTBEAT_MS = 10_000;

const letters: StreamEncoder<string> = {
  encode: (letter) => letter,
  merge: (earlier, later) => (later === '!' ? undefined : earlier + later),
  fail: (error) => `<${error.code}>`,
};

/** A stream of events that are pushed from outside, and what was done to it. */
const source = () => {
  const waiting: string[] = [];
  let wake: (() => void) | undefined;
  let end: { readonly error?: unknown } | undefined;
  let isReturned = false;
  const settle = () => wake?.();
  async function* events(): AsyncGenerator<string> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (end !== undefined) {
          if ('error' in end) throw end.error;
          return;
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      isReturned = true;
    }
  }
  return {
    events: events(),
    push(...letters: string[]) {
      waiting.push(...letters);
      settle();
    },
    finish() {
      end = {};
      settle();
    },
    fail(error: unknown) {
      end = { error };
      settle();
    },
    isReturned: () => isReturned,
  };
};

/** A connection that records what is written and can be made slow. */
const connection = () => {
  const writes: string[] = [];
  let isEnded = false;
  let isSlow = false;
  let drain: (() => void) | undefined;
  const sink: StreamSink = {
    write(chunk) {
      writes.push(chunk);
      return !isSlow;
    },
    drained: () =>
      new Promise((resolve) => {
        drain = resolve;
      }),
    end() {
      isEnded = true;
    },
  };
  const open = vi.fn(() => sink);
  return {
    open,
    writes,
    isEnded: () => isEnded,
    slowDown: () => {
      isSlow = true;
    },
    catchUp: () => {
      isSlow = false;
      drain?.();
    },
  };
};

const begin = (input: ReturnType<typeof source>, output: ReturnType<typeof connection>) => {
  const controller = new AbortController();
  const late: string[] = [];
  const done = streamEvents({
    events: input.events,
    encoder: letters,
    open: output.open,
    heartbeatMs: HEARTBEAT_MS,
    signal: controller.signal,
    onLateError: (error) => late.push(error.code),
  });
  // A rejection is looked at by each test in its own time.
  done.catch(() => undefined);
  return { done, late, leave: () => controller.abort(new Error('client gone')) };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

describe('a stream', () => {
  it('commits its head with the first event, not before', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    await turn();
    expect(output.open).not.toHaveBeenCalled();
    input.push('a');
    await turn();
    expect(output.writes).toEqual(['a']);
    input.finish();
    await done;
    expect(output.isEnded()).toBe(true);
  });

  it('writes events of one turn together and those of later turns on their own', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    input.push('a', 'b', 'c');
    await turn();
    input.push('d');
    await turn();
    input.finish();
    await done;
    expect(output.writes).toEqual(['abc', 'd']);
  });

  it('ends an empty stream with its head sent', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    input.finish();
    await done;
    expect(output.open).toHaveBeenCalledOnce();
    expect(output.isEnded()).toBe(true);
  });
});

describe('silence', () => {
  it('is broken by a comment every interval, which commits the head', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    vi.advanceTimersByTime(HEARTBEAT_MS - 1);
    expect(output.writes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(output.writes).toEqual([KEEP_ALIVE]);
    vi.advanceTimersByTime(2 * HEARTBEAT_MS);
    expect(output.writes).toEqual([KEEP_ALIVE, KEEP_ALIVE, KEEP_ALIVE]);
    input.finish();
    await done;
  });

  it('is counted from the last write', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    vi.advanceTimersByTime(HEARTBEAT_MS - 1);
    input.push('a');
    await turn();
    vi.advanceTimersByTime(HEARTBEAT_MS - 1);
    expect(output.writes).toEqual(['a']);
    vi.advanceTimersByTime(1);
    expect(output.writes).toEqual(['a', KEEP_ALIVE]);
    input.finish();
    await done;
  });

  it('stays silent after the end', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    input.push('a');
    input.finish();
    await done;
    vi.advanceTimersByTime(10 * HEARTBEAT_MS);
    expect(output.writes).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an error', () => {
  const error = new ServiceError('ERR_ADMIT_QUEUE_FULL', 'queue is full');

  it('before anything was written rejects, so that it can become a status', async () => {
    const input = source();
    const output = connection();
    const { done, late } = begin(input, output);
    input.fail(error);
    await expect(done).rejects.toBe(error);
    expect(output.open).not.toHaveBeenCalled();
    expect(late).toEqual([]);
  });

  it('in the same turn as the first event rejects too', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    input.push('a');
    input.fail(error);
    await expect(done).rejects.toBe(error);
    expect(output.open).not.toHaveBeenCalled();
  });

  it('after the head becomes the last event and is reported', async () => {
    const input = source();
    const output = connection();
    const { done, late } = begin(input, output);
    input.push('a');
    await turn();
    input.fail(error);
    await done;
    expect(output.writes).toEqual(['a', '<ERR_ADMIT_QUEUE_FULL>']);
    expect(output.isEnded()).toBe(true);
    expect(late).toEqual(['ERR_ADMIT_QUEUE_FULL']);
  });

  it('after a keep-alive becomes an event as well', async () => {
    const input = source();
    const output = connection();
    const { done, late } = begin(input, output);
    vi.advanceTimersByTime(HEARTBEAT_MS);
    input.fail(error);
    await done;
    expect(output.writes).toEqual([KEEP_ALIVE, '<ERR_ADMIT_QUEUE_FULL>']);
    expect(late).toEqual(['ERR_ADMIT_QUEUE_FULL']);
  });

  it('of something unknown is an internal one', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    input.push('a');
    await turn();
    input.fail(new Error('a secret detail'));
    await done;
    expect(output.writes.at(-1)).toBe('<ERR_HTTP_INTERNAL>');
  });

  it('in writing rejects, ends the generation and harms nobody else', async () => {
    const input = source();
    const output = connection();
    output.open.mockImplementation(() => {
      throw new Error('socket is gone');
    });
    const { done } = begin(input, output);
    input.push('a');
    await turn();
    input.push('b');
    await expect(done).rejects.toMatchObject({ code: 'ERR_HTTP_INTERNAL' });
    expect(input.isReturned()).toBe(true);
  });
});

describe('a client', () => {
  it('that leaves ends the generation at once and is written nothing more', async () => {
    const input = source();
    const output = connection();
    const { done, leave, late } = begin(input, output);
    input.push('a');
    await turn();
    leave();
    input.push('b');
    await done;
    expect(input.isReturned()).toBe(true);
    expect(output.writes).toEqual(['a']);
    expect(late).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that left before the start gets nothing', async () => {
    const input = source();
    const output = connection();
    const controller = new AbortController();
    controller.abort();
    const { open } = output;
    await streamEvents({
      events: input.events,
      encoder: letters,
      open,
      heartbeatMs: HEARTBEAT_MS,
      signal: controller.signal,
    });
    expect(open).not.toHaveBeenCalled();
  });

  it('that reads slowly gets what it missed merged, after it has caught up', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    output.slowDown();
    input.push('a');
    await turn();
    for (const letter of 'bcdef') {
      input.push(letter);
      await turn();
    }
    expect(output.writes).toEqual(['a']);
    output.catchUp();
    await turn();
    expect(output.writes).toEqual(['a', 'bcdef']);
    input.push('g');
    input.finish();
    await done;
    expect(output.writes).toEqual(['a', 'bcdef', 'g']);
  });

  it('that does not read keeps neither the generation nor keep-alives going', async () => {
    const input = source();
    const output = connection();
    const { done } = begin(input, output);
    output.slowDown();
    input.push('a');
    await turn();
    vi.advanceTimersByTime(5 * HEARTBEAT_MS);
    input.push('b', '!');
    input.finish();
    await done;
    expect(input.isReturned()).toBe(true);
    expect(output.writes).toEqual(['a', 'b!']);
    expect(output.isEnded()).toBe(true);
  });
});
