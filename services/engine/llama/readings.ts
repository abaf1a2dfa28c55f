import type { GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import type { Prepared } from './prompt.ts';

/** Prompts that are being read on another thread. */
export interface Readings {
  /** Goes on with the prompt once it is read, unless it was cancelled before. */
  add(id: number, reading: Promise<Prepared>, sink: GenerationSink, goOn: (prepared: Prepared) => void): void;
  cancel(id: number): void;
  /** Nothing goes on any more; resolves when the last thread is done. */
  stop(): Promise<void>;
}

/** Keeps track of them, so that none outlives the model it reads with. */
export const createReadings = (): Readings => {
  const wanted = new Map<number, object>();
  const running = new Set<Promise<void>>();
  return {
    add(id, reading, sink, goOn) {
      const key = {};
      wanted.set(id, key);
      const isWanted = (): boolean => wanted.get(id) === key && wanted.delete(id);
      const fail = (error: unknown): void => sink.failed(asEngineError(error));
      const end = (how: () => void): void => {
        if (!isWanted()) return;
        try {
          how();
        } catch (error) {
          fail(error);
        }
      };
      const run = reading
        .then(
          (prepared) => end(() => goOn(prepared)),
          (error: unknown) => end(() => fail(error)),
        )
        .finally(() => running.delete(run));
      running.add(run);
    },
    cancel: (id) => void wanted.delete(id),
    async stop() {
      wanted.clear();
      await Promise.all(running);
    },
  };
};
