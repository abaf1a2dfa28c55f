import type { GenerationRequest, Task } from '../../engine/protocol/generation.ts';
import type { Computed, GenerationEvent } from '../call.ts';
import { GenerationQueue } from './generation-queue.ts';
import { isDeath, Journey, MAX_MOVES, type OnMove, type Place } from './journey.ts';
import type { Pool } from './pool.ts';
import type { Session } from './session.ts';

interface Target {
  readonly pool: Pick<Pool<unknown>, 'pick' | 'untilReady' | 'noteFirstToken'>;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onMove: OnMove;
}

/** Runs a generation on the best replica, now or as soon as there is one, and on the next where that one dies. */
export const generateOn = (target: Target, request: GenerationRequest): AsyncIterator<GenerationEvent, undefined> => {
  target.signal.throwIfAborted();
  const replica = target.pool.pick();
  // The usual case hands out the queue itself: a generator around it would cost a promise more per token.
  return replica?.session === undefined
    ? generateLater(target, request)
    : startGeneration(target, request, { replica, session: replica.session });
};

async function* generateLater(target: Target, request: GenerationRequest): AsyncGenerator<GenerationEvent, undefined> {
  const queue = startGeneration(target, request, await untilPicked(target));
  yield* { [Symbol.asyncIterator]: () => queue };
  return undefined;
}

const untilPicked = async ({ pool, signal }: Target): Promise<Place> => {
  for (;;) {
    await pool.untilReady(signal);
    const replica = pool.pick();
    if (replica?.session !== undefined) return { replica, session: replica.session };
  }
};

const startGeneration = (target: Target, request: GenerationRequest, place: Place) => {
  const { pool, model, signal, now, onMove } = target;
  const startedAt = now();
  const queue = new GenerationQueue({
    model,
    signal,
    cancel: () => journey.cancel(),
    onFirstToken: () => pool.noteFirstToken(now() - startedAt),
  });
  const journey = new Journey({ model, request, queue, findPlace: () => untilPicked(target), now, onMove });
  journey.begin(place);
  return queue;
};

/** Computes a task on the best replica, now or as soon as there is one, and on the next where that one dies. */
export const computeOn = async (target: Target, task: Task): Promise<Computed> => {
  for (let moves = 0; ; moves += 1) {
    const { session } = await untilPicked(target);
    target.signal.throwIfAborted();
    try {
      return await computeIn(session, target, task);
    } catch (error) {
      if (!isDeath(error) || moves >= MAX_MOVES) throw error;
    }
  }
};

const computeIn = (session: Session, { signal, model }: Target, task: Task): Promise<Computed> => {
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
