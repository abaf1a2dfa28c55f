import { describe, expect, it } from 'vitest';
import { createOutbox } from './outbox.ts';
import type { EngineEvent, EngineMessage } from './protocol/messages.ts';

const beat = (beats: number): EngineEvent => ({ type: 'heartbeat', beats, active: 0 });
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

const setUp = () => {
  const sent: EngineMessage[] = [];
  const written: (() => void)[] = [];
  const clock = { ms: 0 };
  const outbox = createOutbox(
    (message, done) => {
      sent.push(message);
      written.push(done);
    },
    () => clock.ms,
  );
  return { clock, outbox, written, sizes: () => sent.map(({ events }) => events.length), sent };
};

describe('createOutbox', () => {
  it('sends everything of one event-loop turn in one message', async () => {
    const { outbox, sizes } = setUp();
    for (let count = 0; count < 5; count += 1) outbox.push(beat(count));
    expect(sizes()).toEqual([]);
    await turnOfTheLoop();
    expect(sizes()).toEqual([5]);
  });

  it('sends at once when a step ends', () => {
    const { outbox, sizes } = setUp();
    outbox.push(beat(1));
    outbox.flush();
    expect(sizes()).toEqual([1]);
  });

  it('lets the next message grow while one is still being written', async () => {
    const { outbox, sizes, written } = setUp();
    outbox.push(beat(1));
    outbox.flush();
    outbox.push(beat(2));
    outbox.flush();
    outbox.push(beat(3));
    await turnOfTheLoop();
    expect(sizes()).toEqual([1]);
    written[0]?.();
    expect(sizes()).toEqual([1, 2]);
  });

  it('tells when everything has left', async () => {
    const { outbox, written } = setUp();
    outbox.push(beat(1));
    let isDrained = false;
    const drained = outbox.drained().then(() => {
      isDrained = true;
    });
    await turnOfTheLoop();
    expect(isDrained).toBe(false);
    written[0]?.();
    await drained;
    expect(isDrained).toBe(true);
  });

  it('is drained at once when there is nothing to send', async () => {
    await setUp().outbox.drained();
  });

  it('keeps the order of events', () => {
    const { outbox, sent } = setUp();
    outbox.push(beat(1));
    outbox.push(beat(2));
    outbox.flush();
    expect(sent[0]?.events).toEqual([beat(1), beat(2)]);
  });
});
