import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { cpuSeconds } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions } from '../suite.ts';

/** What telemetry may add to a request whose trace is not kept, in microseconds of the gateway's CPU. */
const BAR = { relation: 'atMost', value: 100 } as const;
const CPU = 'CPU us/request';
const CPU_ADDED = { measure: CPU, of: 'on', against: 'off', as: 'difference' } as const;
const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];
const CONNECTIONS = 16;
const REQUESTS = 4000;
const SMOKE_REQUESTS = 64;
const WARM_UP_REQUESTS = 8000;

type Options = SuiteOptions & { readonly deadline: number; readonly silent: string };

/** The gateway process with a scripted engine, telemetry on (no trace kept) and off, in alternating rounds. */
export const measureRequests = async (options: Options): Promise<Comparison> => {
  const { isSmoke, deadline, silent, minRounds = 5, maxRounds = 30 } = options;
  await using life = new AsyncDisposableStack();
  const start = async (entry?: string) =>
    life.adopt(
      await startGateway({ config: CONFIG, ...(entry === undefined ? {} : { entry }) }),
      async (started) => void (await started.stop()),
    );
  const gateways: Readonly<Record<Side, TestGateway>> = { on: await start(), off: await start(silent) };
  for (const side of SIDES) await measure(gateways[side], isSmoke ? SMOKE_REQUESTS : WARM_UP_REQUESTS);
  const rounds = await runRounds<Side>({
    variants: SIDES,
    measure: (side) => measure(gateways[side], isSmoke ? SMOKE_REQUESTS : REQUESTS),
    judged: [CPU_ADDED],
    ...{ minRounds, maxRounds, deadline },
    now: () => performance.now(),
  });
  return compare(rounds, CPU_ADDED, { model: 'scripted', case: 'unsampled', bar: BAR });
};

const CONFIG = {
  limits: { maxConcurrency: 256, queue: 4096 },
  engines: { probeIntervalMs: 86_400_000 },
  models: [scriptedModel({ reply: 'one two three', charactersPerChunk: 16 })],
  telemetry: { sampling: { ratio: 0 } },
};

const measure = async ({ url, ca, pid, token }: TestGateway, requests: number): Promise<Sample> => {
  const headers = { authorization: `Bearer ${await token('inference')}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'hello' }] });
  let before = 0;
  const result = await loadInWorker(
    { url, ca, path: '/v1/chat/completions', headers, body, connections: CONNECTIONS, requests },
    () => {
      before = cpuSeconds(pid);
    },
  );
  const used = cpuSeconds(pid) - before;
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} answers were not 200`);
  return { [CPU]: (used / result.requests) * 1e6 };
};
