import type { GenerationRequest, Task } from '../../engine/protocol/generation.ts';
import type { Computed, GenerationEvent } from '../call.ts';
import { GenerationQueue } from './generation-queue.ts';
import type { Pool } from './pool.ts';
import type { Replica } from './replica.ts';
import type { Session } from './session.ts';

interface Target {
  readonly pool: Pick<Pool<unknown>, 'pick' | 'untilReady' | 'noteFirstToken'>;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Runs a generation on the best replica, now or as soon as there is one. */
export const generateOn = (target: Target, request: GenerationRequest): AsyncIterator<GenerationEvent, undefined> => {
  target.signal.throwIfAborted();
  const replica = target.pool.pick();
  // The usual case hands out the queue itself: a generator around it would cost a promise more per token.
  return replica?.session === undefined
    ? generateLater(target, request)
    : startGeneration(target, request, replica, replica.session);
};

async function* generateLater(target: Target, request: GenerationRequest): AsyncGenerator<GenerationEvent, undefined> {
  const { replica, session } = await untilPicked(target);
  const queue = startGeneration(target, request, replica, session);
  yield* { [Symbol.asyncIterator]: () => queue };
  return undefined;
}

const untilPicked = async ({ pool, signal }: Target): Promise<{ replica: Replica; session: Session }> => {
  for (;;) {
    await pool.untilReady(signal);
    const replica = pool.pick();
    if (replica?.session !== undefined) return { replica, session: replica.session };
  }
};

const startGeneration = (target: Target, request: GenerationRequest, replica: Replica, session: Session) => {
  const { pool, model, signal, now } = target;
  const startedAt = now();
  const queue = new GenerationQueue({
    model,
    signal,
    cancel: () => cancel(),
    onFirstToken: () => pool.noteFirstToken(now() - startedAt),
    onFinished: (tokens) => replica.notePace(now() - startedAt, tokens),
  });
  const cancel = session.generate(request, queue);
  return queue;
};

/** Computes a task on the best replica, now or as soon as there is one. */
export const computeOn = async (target: Target, task: Task): Promise<Computed> => {
  const { signal, model } = target;
  const { session } = await untilPicked(target);
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Computed>();
  const cancel = session.compute(task, {
    accepted: () => undefined,
    tokens: () => undefined,
    finished: () => undefined,
    computed: ({ result }) => resolve({ model, ...result }),
    failed: reject,
  });
  const onAbort = () => {
    cancel();
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
};
