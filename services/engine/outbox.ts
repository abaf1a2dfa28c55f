import { type EngineEvent, type EngineMessage, PROTOCOL_VERSION } from './protocol/messages.ts';

export interface Outbox {
  push(event: EngineEvent): void;
  /** Sends what has gathered now instead of at the end of the event-loop turn. */
  flush(): void;
  /** Resolves when everything pushed so far has left the process. */
  drained(): Promise<void>;
}

/**
 * Gathers events and sends one message per decode step or event-loop turn. While a message is still being written the
 * next one only grows, so a slow reader gets fewer and larger messages instead of an ever longer queue of small ones.
 */
export const createOutbox = (send: (message: EngineMessage, done: () => void) => void): Outbox => {
  let events: EngineEvent[] = [];
  let isScheduled = false;
  let isSending = false;
  const waiters: (() => void)[] = [];

  const flush = (): void => {
    if (isSending) return;
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

  return {
    push(event) {
      events.push(event);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        flush();
      });
    },
    flush,
    drained: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        flush();
      }),
  };
};
