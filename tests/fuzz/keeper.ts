import { setTimeout as wait } from 'node:timers/promises';
import type { FuzzClient } from './client.ts';
import type { Plan } from './plan.ts';

/** Others may have filled the queue or narrowed the limits at this very moment. */
const MOST_TRIES = 50;
const BETWEEN_MS = 50;
const PASSING = [429, 503, 504];

const LIMITS = {
  maxConcurrency: 32,
  queue: 256,
  deadlineMs: 20_000,
  maxOutputTokens: 64,
  perKey: { concurrency: null, requestsPerMinute: null, tokensPerMinute: null },
};

export interface Keeper {
  /** True for a request that may narrow what every other one is judged by. */
  isChange(plan: Plan): boolean;
  /** Sends it and puts the limits back. */
  change(send: () => Promise<unknown>): Promise<void>;
  /** Nothing, or why a good request was not answered well. */
  checkGood(): Promise<readonly string[]>;
}

/** Keeps the gateway one in which a good request must succeed, and sends such requests. */
export const createKeeper = (client: FuzzClient, token: string): Keeper => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const changes = new Set<Promise<void>>();
  let begun = 0;
  const restore = async (): Promise<void> => {
    await client.send({
      method: 'PUT',
      path: '/api/v1/admin/limits',
      headers,
      body: Buffer.from(JSON.stringify(LIMITS)),
    });
  };
  const good = () =>
    client.send({
      method: 'POST',
      path: '/api/v1/inference',
      headers,
      body: Buffer.from('{"prompt":"still there","model":"echo"}'),
    });

  return {
    isChange: ({ operation, method }) => operation === 'setLimits' && method === 'PUT',
    async change(send) {
      begun += 1;
      const all = send().then(restore);
      changes.add(all);
      await all;
      changes.delete(all);
    },
    async checkGood() {
      for (let tries = 1; ; tries += 1) {
        // Others may begin while these end.
        while (changes.size > 0) await Promise.all(changes);
        const before = begun;
        const answer = await good();
        if ('broken' in answer) return [`a good request: ${answer.broken}`];
        if (answer.status === 200 && JSON.parse(answer.text).text === 'still there') return [];
        // Limits that were narrowed meanwhile may have cut its answer short, too.
        if (tries === MOST_TRIES || (begun === before && !PASSING.includes(answer.status))) {
          return [`a good request: ${answer.status} ${answer.text.slice(0, 300)}`];
        }
        await wait(BETWEEN_MS);
      }
    },
  };
};
