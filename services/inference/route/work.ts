import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { TokenDetails } from '../../engine/protocol/generation.ts';
import type { EngineEvent } from '../../engine/protocol/messages.ts';

export type FinishedEvent = EngineEvent & { readonly type: 'finished' };
export type ComputedEvent = EngineEvent & { readonly type: 'computed' };

/** Where the events of one piece of work go. `finished`, `computed` and `failed` come last and once. */
export interface Work {
  accepted(promptTokens: number | null): void;
  tokens(text: string, count: number, details?: TokenDetails): void;
  finished(event: FinishedEvent): void;
  computed(event: ComputedEvent): void;
  /** Only of a profile. */
  profiled?(): void;
  failed(error: ServiceError): void;
}

/** The work one engine process has in hand. */
export interface InFlight {
  readonly size: number;
  /** Answers the id it travels under. */
  add(work: Work): number;
  /** False when it has ended already. */
  remove(id: number): boolean;
  get(id: number): Work | undefined;
  /** Takes it out and returns it. */
  take(id: number): Work | undefined;
  /** Ends everything with one error. */
  failAll(error: ServiceError): void;
}

/** Ids start at 0 and are never used twice. */
export const createInFlight = (): InFlight => {
  const works = new Map<number, Work>();
  let nextId = 0;
  return {
    get size() {
      return works.size;
    },
    add(work) {
      const id = nextId;
      nextId += 1;
      works.set(id, work);
      return id;
    },
    remove: (id) => works.delete(id),
    get: (id) => works.get(id),
    take(id) {
      const work = works.get(id);
      works.delete(id);
      return work;
    },
    failAll(error) {
      const failed = [...works.values()];
      works.clear();
      for (const work of failed) work.failed(error);
    },
  };
};
