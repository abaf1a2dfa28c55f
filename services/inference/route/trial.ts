import type { Task } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { endOf } from './breaker.ts';
import type { Trial } from './breakers.ts';

type Events = AsyncIterator<GenerationEvent, undefined>;

/** Does this task make the model work? The others only read and write its vocabulary, and prove nothing. */
export const isDecoding = ({ kind }: Task): boolean => kind !== 'tokenize' && kind !== 'detokenize';

/** The same events; the first token is the success of the trial. */
export const tryGeneration = (trial: Trial, generate: () => Events): Events => {
  let events: Events;
  try {
    events = generate();
  } catch (error) {
    trial.end(endOf(error));
    throw error;
  }
  return {
    async next() {
      try {
        const result = await events.next();
        if (result.done === true) trial.end('neither');
        else if (result.value.type !== 'accepted') trial.end('good');
        return result;
      } catch (error) {
        trial.end(endOf(error));
        throw error;
      }
    },
    async return() {
      trial.end('neither');
      return (await events.return?.()) ?? { value: undefined, done: true };
    },
  };
};

/** The same result; `proves`: having it says that the model decodes. */
export const tryWork = async <T>(trial: Trial | undefined, proves: boolean, work: () => Promise<T>): Promise<T> => {
  if (trial === undefined) return work();
  try {
    const result = await work();
    trial.end(proves ? 'good' : 'neither');
    return result;
  } catch (error) {
    trial.end(endOf(error));
    throw error;
  }
};
