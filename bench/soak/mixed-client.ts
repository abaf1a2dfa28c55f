import { Client } from 'undici';
import { mixedHeaders, mixedRequest } from './mixed-requests.ts';

/** What a client is told before anything else. */
export interface MixedPlan {
  readonly url: string;
  readonly ca: string;
  readonly connections: number;
  /** Credentials, each of another key; a request has the one of its number. */
  readonly tokens: readonly string[];
}

/** Requests from one number up to another. */
export interface MixedBatch {
  readonly from: number;
  readonly to: number;
}

export interface MixedResult {
  readonly seconds: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of a status that is not right for the request, and the first of them in words. */
  readonly wrong: number;
  readonly firstWrong?: string;
}

// A process of its own, so that its memory and work are not counted as the service's.
const connect = ({ url, ca, connections }: MixedPlan): readonly Client[] =>
  Array.from({ length: connections }, () => new Client(url, { connect: { ca }, allowH2: false, pipelining: 1 }));

const run = async (
  { tokens }: MixedPlan,
  clients: readonly Client[],
  { from, to }: MixedBatch,
): Promise<MixedResult> => {
  const statuses: Record<string, number> = {};
  let [wrong, next] = [0, from];
  let firstWrong: string | undefined;
  const startedAt = performance.now();
  const loop = async (client: Client): Promise<void> => {
    for (let number = next++; number < to; number = next++) {
      const { statuses: right, ...request } = mixedRequest(number);
      // A prime step, so that no kind of request has keys of its own.
      const headers = mixedHeaders(number, tokens[(number * 7919) % tokens.length] ?? '');
      const answer = await client.request({ ...request, headers });
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
      if (right.includes(answer.statusCode)) continue;
      wrong += 1;
      firstWrong ??= `${request.method} ${request.path} of number ${number}: ${answer.statusCode}`;
    }
  };
  await Promise.all(clients.map(loop));
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, statuses, wrong, ...(firstWrong === undefined ? {} : { firstWrong }) };
};

process.once('message', (plan: MixedPlan) => {
  const clients = connect(plan);
  process.on('message', async (batch: MixedBatch) => {
    process.send?.(await run(plan, clients, batch));
  });
  process.once('disconnect', () => process.exit(0));
});
