import { fileURLToPath } from 'node:url';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { cpuSeconds } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions } from '../suite.ts';

const UNWRITTEN = fileURLToPath(new URL('unwritten-gateway.ts', import.meta.url));
const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];
const CPU = 'CPU us/request';
/** What a request costs with log files that are written over what it costs with lines that are made and thrown away. */
const CPU_RATIO = { measure: CPU, of: 'on', against: 'off', as: 'ratio' } as const;
const BAR = { relation: 'atMost', value: 1.01 } as const;
const CONNECTIONS = 16;
const REQUESTS = 4000;
const SMOKE_REQUESTS = 64;
const WARM_UP_REQUESTS = 8000;

/** What writing the log files adds to a request: the gateway process, no shipper, in alternating rounds. */
export const measureWriting = async (options: SuiteOptions & { readonly deadline: number }): Promise<Comparison> => {
  const { isSmoke, deadline, minRounds = 5, maxRounds = 30, say } = options;
  await using life = new AsyncDisposableStack();
  const start = async (entry?: string) =>
    life.adopt(
      await startGateway({ config: CONFIG, ...(entry === undefined ? {} : { entry }) }),
      async (started) => void (await started.stop()),
    );
  const gateways: Readonly<Record<Side, TestGateway>> = { on: await start(), off: await start(UNWRITTEN) };
  for (const side of SIDES) await measure(gateways[side], isSmoke ? SMOKE_REQUESTS : WARM_UP_REQUESTS);
  const rounds = await runRounds<Side>({
    variants: SIDES,
    measure: (side) => measure(gateways[side], isSmoke ? SMOKE_REQUESTS : REQUESTS),
    judged: [CPU_RATIO],
    ...{ minRounds, maxRounds, deadline },
    now: () => performance.now(),
    onRound: ({ on, off }) =>
      say(`writing, round ${on.length}: ${on.at(-1)?.[CPU]?.toFixed(1)} / ${off.at(-1)?.[CPU]?.toFixed(1)} ${CPU}`),
  });
  return compare(rounds, CPU_RATIO, { model: 'scripted', case: 'writing', bar: BAR });
};

const CONFIG = {
  limits: { maxConcurrency: 256, queue: 4096 },
  engines: { probeIntervalMs: 86_400_000 },
  models: [scriptedModel({ reply: 'one two three', charactersPerChunk: 16 })],
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
