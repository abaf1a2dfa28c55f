import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';

export interface ThreadPool {
  readonly threads: number;
  /** Lets a context compute with these threads. */
  attach(context: Pointer): void;
  free(): void;
}

/** Waiting threads look for work for two or three milliseconds, longer than from step to step, and then sleep. */
const POLL = 1;

/** Threads that last, instead of new ones for every step. */
export const createThreadPool = ({ api, memory, threadpool }: Native, threads: number): ThreadPool => {
  const params = { ...api.ggml_threadpool_params_default(threads), poll: POLL };
  const pool = threads > 1 ? threadpool.create(memory.struct('ThreadpoolParams', params)) : null;
  return {
    threads,
    attach(context) {
      api.llama_set_n_threads(context, threads, threads);
      if (pool === null) api.llama_detach_threadpool(context);
      else api.llama_attach_threadpool(context, pool, pool);
    },
    free() {
      if (pool !== null) threadpool.free(pool);
    },
  };
};
