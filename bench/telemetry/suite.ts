import { fileURLToPath } from 'node:url';
import type { GenerationResult } from '../load/generations.ts';
import { treeCpuSeconds } from '../load/process-tree.ts';
import { sendGenerations } from '../load/send.ts';
import { type BenchModel, benchModel, MODEL_NAMES } from '../models/models.ts';
import { completionBody } from '../peer/cases.ts';
import { checkLoad, completionTokens } from '../peer/sample.ts';
import { type Server, startOurs } from '../peer/servers.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, Report, SuiteOptions } from '../suite.ts';
import { measureRequests } from './requests.ts';
import { measureScrape } from './scrape.ts';

const SILENT = fileURLToPath(new URL('silent-gateway.ts', import.meta.url));
const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];
type Contestants = Readonly<Record<Side, Server>>;

const CAPACITY = { slots: 16, context: 2048 };
const CONNECTIONS = 8;
const REQUESTS = 16;
const CPU = 'CPU ms/token';
const BAR = { relation: 'atLeast', value: 0.99 } as const;
/** What a token costs without telemetry over what it costs with: 1 where telemetry is free. */
const CPU_RATIO = { measure: CPU, of: 'off', against: 'on', as: 'ratio' } as const;
const SPEED_RATIO = { measure: 'tokens/s', of: 'on', against: 'off', as: 'ratio' } as const;

/** The same service with its telemetry on and off, streaming, judged on the CPU time of all its processes. */
export const runTelemetrySuite = async (options: SuiteOptions): Promise<Report> => {
  const names = MODEL_NAMES.filter((name) => options.models?.includes(name) ?? true);
  const endsAt = performance.now() + options.minutes * 60_000;
  const comparisons: Comparison[] = [...(await measureScrape(options))];
  const requestsEndAt = performance.now() + (options.minutes * 60_000) / (names.length + 1);
  comparisons.push(await measureRequests({ ...options, deadline: requestsEndAt, silent: SILENT }));
  const models: BenchModel[] = [];
  for (const [index, name] of names.entries()) {
    const model = await benchModel(name, options.env);
    models.push(model);
    const shareMs = (endsAt - performance.now()) / (names.length - index);
    comparisons.push(...(await compareOn(model, performance.now() + shareMs, options)));
  }
  return {
    suite: 'telemetry',
    settings: { threads: options.threads, ...CAPACITY, connections: CONNECTIONS, tokens: '64+64', isStreaming: true },
    models: models.map(({ fact }) => fact),
    comparisons,
    tables: [],
    notes: [
      'scrape: every series at its bound, telemetry of a gateway with four models, nothing else in the process',
      'unsampled: CPU of the gateway process per request whose trace is not kept, on less off',
      `${CPU}: off over on, of the gateway and the engine together; tokens/s: on over off`,
    ],
  };
};

const compareOn = async (model: BenchModel, deadline: number, options: SuiteOptions): Promise<Comparison[]> => {
  const capacity = { ...CAPACITY, threads: options.threads };
  await using life = new AsyncDisposableStack();
  const servers: Contestants = {
    on: life.adopt(await startOurs(model, capacity), (server) => server.stop()),
    off: life.adopt(await startOurs(model, capacity, { start: { entry: SILENT } }), (server) => server.stop()),
  };
  for (const side of SIDES) await load(servers[side], model, 'warm-up', options);
  const rounds = await runRounds<Side>({
    variants: SIDES,
    measure: (side, round) => measure(servers[side], model, `telemetry ${round}`, options),
    judged: [CPU_RATIO],
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, deadline },
    now: () => performance.now(),
    onRound: ({ on, off }) =>
      options.say(
        `${model.name} round ${on.length}: ${CPU} ${on.at(-1)?.[CPU]?.toFixed(3)} / ${off.at(-1)?.[CPU]?.toFixed(3)}`,
      ),
  });
  const about = { model: model.name, case: 'stream' };
  return [compare(rounds, CPU_RATIO, { ...about, bar: BAR }), compare(rounds, SPEED_RATIO, about)];
};

const measure = async (server: Server, model: BenchModel, name: string, options: SuiteOptions): Promise<Sample> => {
  const before = treeCpuSeconds(server.pid);
  const result = await load(server, model, name, options);
  const tokens = completionTokens(result.answers);
  return {
    [CPU]: ((treeCpuSeconds(server.pid) - before) / tokens) * 1000,
    'tokens/s': tokens / result.seconds,
  };
};

const load = async (
  { url, ca, headers, name: who }: Server,
  { prompt }: BenchModel,
  name: string,
  { isSmoke }: SuiteOptions,
): Promise<GenerationResult> => {
  const maxTokens = isSmoke ? 8 : 64;
  const bodies = Array.from({ length: isSmoke ? CONNECTIONS : REQUESTS }, (_, index) =>
    completionBody({ prompt: prompt(maxTokens, `${name} ${index}`), maxTokens, isStream: true }),
  );
  const result = await sendGenerations({
    ...{ url, headers, path: '/v1/completions', ...(ca === undefined ? {} : { ca }) },
    lanes: [{ name, connections: CONNECTIONS, bodies }],
  });
  checkLoad(who, name, result);
  return result;
};
