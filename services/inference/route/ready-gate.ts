/** Requests that wait for a replica. */
export interface ReadyGate {
  readonly size: number;
  /** Resolves at the next `open`; rejects at `refuse` or with the reason of the signal. */
  wait(signal: AbortSignal): Promise<void>;
  /** Lets everyone through. */
  open(): void;
  /** Sends everyone away. */
  refuse(error: Error): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Opens and closes as often as the replicas come and go. */
export const createReadyGate = (): ReadyGate => {
  const waiters = new Set<Waiter>();

  const release = (how: (waiter: Waiter) => void): void => {
    const released = [...waiters];
    waiters.clear();
    for (const waiter of released) how(waiter);
  };

  return {
    get size() {
      return waiters.size;
    },
    wait(signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = { resolve, reject };
      const onAbort = () => {
        waiters.delete(waiter);
        reject(signal.reason);
      };
      waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    open: () => release((waiter) => waiter.resolve()),
    refuse: (error) => release((waiter) => waiter.reject(error)),
  };
};
