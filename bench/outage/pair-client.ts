import { Pool } from 'undici';

/** A service as the client needs it. */
export interface PairTarget {
  readonly url: string;
  readonly ca: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The same request for two services, each at the rate given. */
export interface PairPlan {
  readonly targets: readonly [PairTarget, PairTarget];
  readonly path: string;
  readonly body: string;
  readonly connections: number;
}

/** How much of it is sent next. */
export interface PairBatch {
  readonly requests: number;
  readonly rate: number;
}

export interface PairResult {
  /** Milliseconds from sending a request to the last byte of its answer, in the order of sending, by target. */
  readonly latencies: readonly [readonly number[], readonly number[]];
  /** Answers that were not 200, by target. */
  readonly failures: readonly [number, number];
}

// A process of its own, so that its work is not counted as that of the services; one for both, so that whatever holds it
// up holds up both. The services take turns, half a gap apart and each first every other time: at no moment does one ask
// for the processor because the other does.
const run = async (
  { path, body, targets }: PairPlan,
  pools: readonly Pool[],
  { requests, rate }: PairBatch,
): Promise<PairResult> => {
  const latencies: [number[], number[]] = [[], []];
  const failures: [number, number] = [0, 0];
  const ask = async (target: 0 | 1, index: number): Promise<void> => {
    const sentAt = performance.now();
    const { headers } = targets[target];
    const answer = await pools[target]?.request({ method: 'POST', path, headers, body });
    await answer?.body.dump({ limit: Number.MAX_SAFE_INTEGER });
    latencies[target][index] = performance.now() - sentAt;
    if (answer?.statusCode !== 200) failures[target] += 1;
  };
  const startedAt = performance.now();
  const asked: Promise<void>[] = [];
  for (let turn = 0; turn < 2 * requests; turn += 1) {
    await at(startedAt + (turn * 1000) / (2 * rate));
    const index = turn >> 1;
    // Waited for below; a failure before that must not end the process.
    const one = ask((index + turn) % 2 === 0 ? 0 : 1, index);
    one.catch(() => {});
    asked.push(one);
  }
  await Promise.all(asked);
  return { latencies, failures };
};

const at = (moment: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())));

process.once('message', (plan: PairPlan) => {
  const pools = plan.targets.map(
    ({ url, ca }) =>
      new Pool(url, { connect: { ca }, connections: plan.connections, pipelining: 1, keepAliveTimeout: 60_000 }),
  );
  process.on('message', async (batch: PairBatch) => {
    process.send?.(await run(plan, pools, batch));
  });
  process.once('disconnect', () => process.exit(0));
});
