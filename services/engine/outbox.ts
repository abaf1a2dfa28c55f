import { createGatherer } from './gatherer.ts';
import { type EngineEvent, type EngineMessage, PROTOCOL_VERSION } from './protocol/messages.ts';

export interface Outbox {
  push(event: EngineEvent): void;
  /** The same for the events of an answer that nobody reads before its end: its tokens wait for each other a while. */
  gather(event: EngineEvent): void;
  /** Drops what was gathered of an answer that has ended. */
  forget(id: number): void;
  /** Sends what has gathered now instead of at the end of the event-loop turn. */
  flush(): void;
  /** Resolves when everything pushed so far has left the process. */
  drained(): Promise<void>;
}

/**
 * Gathers events and sends one message per decode step or event-loop turn. While a message is still being written the
 * next one only grows, so a slow reader gets fewer and larger messages instead of an ever longer queue of small ones.
 */
export const createOutbox = (send: (message: EngineMessage, done: () => void) => void, now: () => number): Outbox => {
  let events: EngineEvent[] = [];
  let isScheduled = false;
  let isSending = false;
  const waiters: (() => void)[] = [];
  const gatherer = createGatherer(now);

  const flush = (): void => {
    if (isSending) return;
    events.push(...gatherer.due());
    if (events.length === 0) {
      for (const resolve of waiters.splice(0)) resolve();
      return;
    }
    const batch = events;
    events = [];
    isSending = true;
    send({ version: PROTOCOL_VERSION, events: batch }, () => {
      isSending = false;
      flush();
    });
  };

  const push = (event: EngineEvent): void => {
    events.push(event);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      flush();
    });
  };

  return {
    push,
    gather(event) {
      for (const ready of gatherer.add(event)) push(ready);
    },
    forget: gatherer.forget,
    flush,
    drained: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        flush();
      }),
  };
};
