import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GenerationPlan, GenerationResult } from './generations.ts';

const WORKER = fileURLToPath(new URL('generations-worker.ts', import.meta.url));

/** Runs a load in a client process of its own. */
export const sendGenerations = async (plan: GenerationPlan): Promise<GenerationResult> => {
  const worker = fork(WORKER, { execArgv: [] });
  const ended = once(worker, 'exit').then(([code]): never => {
    throw new Error(`the load client against ${plan.url} ended with ${code} before it had a result`);
  });
  worker.send(plan);
  const [result] = await Promise.race([once(worker, 'message'), ended]);
  ended.catch(() => {}); // it ends after its result, too
  return result as GenerationResult; // our own program at the other end
};
