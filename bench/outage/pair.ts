import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PairBatch, PairPlan, PairResult } from './pair-client.ts';

const CLIENT = fileURLToPath(new URL('pair-client.ts', import.meta.url));

/** A client process that sends to two services in turn. */
export interface PairClient extends AsyncDisposable {
  send(batch: PairBatch): Promise<PairResult>;
}

/** Starts the client; its connections are opened by the first requests and stay. */
export const startPair = (plan: PairPlan): PairClient => {
  const child = fork(CLIENT, { execArgv: [] });
  child.send(plan);
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the load client ended with ${code}`);
  });
  ended.catch(() => {}); // it ends after its last result, too
  return {
    async send(batch) {
      child.send(batch);
      const [result] = await Promise.race([once(child, 'message'), ended]);
      return result as PairResult; // our own program at the other end
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended.catch(() => {});
    },
  };
};
