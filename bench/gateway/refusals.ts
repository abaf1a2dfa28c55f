import { cpuSeconds } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { medianOf } from '../stats/interval.ts';
import { type Rounds, runRounds, type Sample, valuesOf } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Cell, Comparison, SuiteOptions, Table } from '../suite.ts';
import { BODY, HOUSES, type House, type HouseName, headersOf, startHouse } from './full-houses.ts';

interface Refusal {
  readonly name: string;
  readonly about: string;
  readonly path: string;
  readonly status: number;
  readonly house: HouseName;
  readonly credential?: 'inference' | 'metrics' | 'wrong';
}

const CHAT = '/v1/chat/completions';

/** Every way to be refused that is measured; those of one house stand together. */
export const REFUSALS: readonly Refusal[] = [
  { name: 'refused-401', about: 'no credential', path: '/api/v1/inference', status: 401, house: 'full' },
  { name: 'refused-403', about: 'no scope for it', path: CHAT, status: 403, house: 'full', credential: 'metrics' },
  { name: 'refused-404', about: 'no such route', path: '/nowhere', status: 404, house: 'full' },
  { name: 'refused-429', about: 'wrong too often', path: CHAT, status: 429, house: 'full', credential: 'wrong' },
  { name: 'refused-503', about: 'the queue is full', path: CHAT, status: 503, house: 'full', credential: 'inference' },
  {
    ...{ name: 'refused-429-key', about: 'the key has its one request under way; the body is read before' },
    ...{ path: CHAT, status: 429, house: 'busyKey', credential: 'inference' },
  },
];

const TARGETS = ['gateway', 'bare Node'] as const;
type Target = (typeof TARGETS)[number];

/** What a flood may cost: load shedding must be cheaper than the load. */
const BAR = { relation: 'atMost', value: 100 } as const;
const CPU = 'CPU us/request';
const CPU_OF_IT = { measure: CPU, of: 'gateway', as: 'value' } as const;
const CPU_ADDED = { measure: CPU, of: 'gateway', against: 'bare Node', as: 'difference' } as const;
const CONNECTIONS = 64;
const REQUESTS = 8000;
const SMOKE_REQUESTS = 64;
/** Code that has not run for long is compiled while it is measured. */
const WARM_UP_REQUESTS = 20_000;

type Options = SuiteOptions & { readonly deadline: number };

/**
 * CPU of the gateway process per request it refuses, over TLS and HTTP/1.1 on connections that are kept, by why it
 * refuses; beside it what Node itself takes for the same request and an answer of the same size.
 */
export const runRefusals = async (options: Options): Promise<{ comparisons: Comparison[]; tables: Table[] }> => {
  const cases = REFUSALS.filter(({ name }) => options.cases?.includes(name) ?? !options.isSmoke);
  const comparisons: Comparison[] = [];
  const rows: Cell[][] = [];
  for (const name of Object.keys(HOUSES)) {
    const here = cases.filter(({ house }) => house === name);
    if (here[0] === undefined) continue;
    await using house = await startHouse(here[0].house);
    for (const one of here) {
      const rounds = await runCase(house, one, options);
      const about = { model: 'scripted', case: one.name };
      comparisons.push(compare(rounds, CPU_OF_IT, { ...about, bar: BAR }), compare(rounds, CPU_ADDED, about));
      rows.push(rowOf(one, rounds));
      options.say(`${one.name}: ${comparisons.at(-2)?.ours.toFixed(0)} us/request`);
    }
  }
  if (rows.length === 0) return { comparisons: [], tables: [] };
  const columns = ['case', 'why', 'status', CPU, 'of it bare Node', 'requests/s', 'bar us'];
  return { comparisons, tables: [{ title: 'refusals: CPU of the gateway process', columns, rows }] };
};

const runCase = async (house: House, one: Refusal, options: Options): Promise<Rounds<Target>> => {
  const { isSmoke, deadline, minRounds = 5, maxRounds = 30 } = options;
  for (const target of TARGETS) await measure(house, one, target, isSmoke ? SMOKE_REQUESTS : WARM_UP_REQUESTS);
  return runRounds({
    variants: TARGETS,
    measure: (target) => measure(house, one, target, isSmoke ? SMOKE_REQUESTS : REQUESTS),
    judged: [CPU_OF_IT],
    ...{ minRounds, maxRounds, deadline },
    now: () => performance.now(),
  });
};

const rowOf = ({ name, about, status }: Refusal, rounds: Rounds<Target>): Cell[] => {
  const median = (measured: string, of: Target) => medianOf(valuesOf(rounds, { measure: measured, of, as: 'value' }));
  return [
    name,
    about,
    status,
    median(CPU, 'gateway'),
    median(CPU, 'bare Node'),
    median('requests/s', 'gateway'),
    BAR.value,
  ];
};

const measure = async (house: House, one: Refusal, target: Target, requests: number): Promise<Sample> => {
  const { gateway, bare } = house;
  const { url, pid } = target === 'gateway' ? gateway : bare;
  const path = target === 'gateway' ? one.path : `/${one.status}`;
  const token = one.credential === 'wrong' ? 'wrong' : one.credential && house[one.credential];
  const { ca } = gateway;
  let before = 0;
  const result = await loadInWorker(
    { url, ca, path, headers: headersOf(token), body: BODY, status: one.status, connections: CONNECTIONS, requests },
    () => {
      before = cpuSeconds(pid);
    },
  );
  const used = cpuSeconds(pid) - before;
  if (result.failures > 0)
    throw new Error(`${one.name}: expected ${one.status} each time, got ${result.failures} others`);
  return { [CPU]: (used / result.requests) * 1e6, 'requests/s': result.requests / result.seconds };
};
