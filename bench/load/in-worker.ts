import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadPlan, LoadResult } from './closed-loop.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Runs a load in a process of its own; `onOpen` is called when its connections are open and nothing was sent yet. */
export const loadInWorker = async (plan: LoadPlan, onOpen: () => void = () => {}): Promise<LoadResult> => {
  const worker = fork(WORKER, { execArgv: [] });
  worker.send(plan);
  await once(worker, 'message');
  onOpen();
  worker.send('go');
  const [result] = (await once(worker, 'message')) as [LoadResult]; // our own program at the other end
  return result;
};
