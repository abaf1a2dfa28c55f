import { Agent, request } from 'undici';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { cpuSeconds } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { medianOf } from '../stats/interval.ts';
import { type Rounds, runRounds, type Sample, valuesOf } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions, Table } from '../suite.ts';

interface Refusal {
  readonly name: string;
  readonly about: string;
  readonly path: string;
  readonly status: number;
  readonly hasCredential: boolean;
}

const REFUSALS: readonly Refusal[] = [
  { name: 'refused-401', about: 'no credential', path: '/api/v1/inference', status: 401, hasCredential: false },
  { name: 'refused-404', about: 'no such route', path: '/nowhere', status: 404, hasCredential: false },
  { name: 'refused-503', about: 'the queue is full', path: '/v1/chat/completions', status: 503, hasCredential: true },
];

/** What a flood may cost: load shedding must be cheaper than the load. */
const BAR = { relation: 'atMost', value: 100 } as const;
const CPU = 'CPU us/request';
const CPU_OF_IT = { measure: CPU, of: 'gateway', as: 'value' } as const;
const CONNECTIONS = 64;
const REQUESTS = 8000;
const SMOKE_REQUESTS = 64;
const WARM_UP_REQUESTS = 2000;
/** A long body: refusing before it is read and parsed is the point. */
const BODY = JSON.stringify({
  model: 'slow',
  messages: [{ role: 'user', content: 'Please summarise order 12345 in one sentence. '.repeat(40) }],
});

/** CPU of the gateway process per request it refuses, over TLS and HTTP/1.1, by why it refuses. */
export const runRefusals = async (
  options: SuiteOptions & { readonly deadline: number },
): Promise<{ comparisons: Comparison[]; tables: Table[] }> => {
  const cases = REFUSALS.filter(({ name }) => options.cases?.includes(name) ?? !options.isSmoke);
  if (cases.length === 0) return { comparisons: [], tables: [] };
  await using full = await startFull();
  const comparisons: Comparison[] = [];
  const rows: (string | number)[][] = [];
  for (const one of cases) {
    await measure(full, one, options.isSmoke ? SMOKE_REQUESTS : WARM_UP_REQUESTS);
    const rounds: Rounds<'gateway'> = await runRounds({
      variants: ['gateway'],
      measure: () => measure(full, one, options.isSmoke ? SMOKE_REQUESTS : REQUESTS),
      judged: [CPU_OF_IT],
      ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, deadline: options.deadline },
      now: () => performance.now(),
    });
    comparisons.push(compare(rounds, CPU_OF_IT, { model: 'scripted', case: one.name, bar: BAR }));
    const [cpu, rate] = [CPU, 'requests/s'].map((name) => medianOf(valuesOf(rounds, { ...CPU_OF_IT, measure: name })));
    options.say(`${one.name}: ${cpu?.toFixed(0)} us/request`);
    rows.push([one.name, one.about, one.status, cpu ?? Number.NaN, rate ?? Number.NaN, BAR.value]);
  }
  const columns = ['case', 'why', 'status', CPU, 'requests/s', 'bar us'];
  return { comparisons, tables: [{ title: 'refusals: CPU of the gateway process', columns, rows }] };
};

interface Full extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly token: string;
}

/** A gateway whose only place is taken by an answer that does not end. */
const startFull = async (): Promise<Full> => {
  await using starting = new AsyncDisposableStack();
  const gateway = starting.adopt(
    await startGateway({
      config: {
        limits: { maxConcurrency: 1, queue: 0, deadlineMs: 86_400_000 },
        engines: { probeIntervalMs: 86_400_000, stallMs: 86_400_000 },
        models: [scriptedModel({ reply: 'x'.repeat(4000), charactersPerChunk: 1, tokenMs: 60_000 }, { id: 'slow' })],
      },
    }),
    async (started) => void (await started.stop({ signal: 'SIGKILL' })),
  );
  const token = await gateway.token('inference');
  const agent = starting.adopt(new Agent({ connect: { ca: gateway.ca }, bodyTimeout: 0 }), (one) => one.destroy());
  const answer = await request(`${gateway.url}/v1/chat/completions`, {
    ...{ method: 'POST', dispatcher: agent, headers: headersOf(token) },
    body: JSON.stringify({ ...JSON.parse(BODY), stream: true }),
  });
  answer.body.on('error', () => undefined);
  const running = starting.move();
  return { gateway, token, [Symbol.asyncDispose]: () => running.disposeAsync() };
};

const headersOf = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });

const measure = async ({ gateway, token }: Full, one: Refusal, requests: number): Promise<Sample> => {
  const { url, ca, pid } = gateway;
  const headers = one.hasCredential ? headersOf(token) : { 'content-type': 'application/json' };
  let before = 0;
  const result = await loadInWorker(
    { url, ca, path: one.path, headers, body: BODY, status: one.status, connections: CONNECTIONS, requests },
    () => {
      before = cpuSeconds(pid);
    },
  );
  const used = cpuSeconds(pid) - before;
  if (result.failures > 0)
    throw new Error(`${one.name}: expected ${one.status} each time, got ${result.failures} others`);
  return { [CPU]: (used / result.requests) * 1e6, 'requests/s': result.requests / result.seconds };
};
