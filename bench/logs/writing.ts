import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { linesIn } from '../../tests/elk/log-lines.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { exactCpuSeconds } from '../load/cpu-time.ts';
import { type BenchModel, benchModel } from '../models/models.ts';
import { completionBody } from '../peer/cases.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions } from '../suite.ts';
import { measureLine } from './line-cost.ts';

const SWITCHED = fileURLToPath(new URL('switched-gateway.ts', import.meta.url));
const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];
const CPU = 'CPU us/request';
/** What a request costs with log files that are written over what it costs with lines that are made and thrown away. */
const RATIO = { measure: CPU, of: 'on', against: 'off', as: 'ratio' } as const;
const ADDED = { ...RATIO, as: 'difference' } as const;
const BAR = { relation: 'atMost', value: 1.01 } as const;
/** The bar is one percent, so that the interval must be a fraction of it. */
const NARROW = 0.002;
const MAX_ROUNDS = 2000;
const MIN_ROUNDS = 30;
/** Longer than lines are gathered. */
const SETTLE_MS = 300;

/** Until a signal has come. */
const SWITCH_MS = 50;

/** What is asked for, and how much of it in one slice. */
interface Load {
  readonly model: string;
  readonly config: Record<string, unknown>;
  readonly path: string;
  readonly body: (index: number) => string;
  readonly connections: number;
  readonly perSlice: number;
  readonly warmUp: number;
}

type Options = SuiteOptions & { readonly minutes: number };

/**
 * What writing the log files adds to a request: one process, whose writing is switched off and on between slices of a second, so that
 * neither two layouts of memory nor two states of the compiler are compared. No shipper runs. Once for requests to a model that
 * computes nothing, the least that a request can cost, and once for requests to the embedded model.
 */
export const measureWriting = async (options: Options): Promise<readonly Comparison[]> => {
  const { isSmoke, models, env } = options;
  const name = isSmoke ? '15m' : '135m';
  const wanted = (['scripted', name] as const).filter((one) => isSmoke || (models?.includes(one) ?? true));
  const share = { ...options, minutes: options.minutes / (wanted.length + 1) };
  const found: Comparison[] = [];
  for (const one of wanted) {
    const load = one === 'scripted' ? scriptedLoad(options) : modelLoad(await benchModel(one, env), options);
    found.push(...(await compareSides(load, share)));
  }
  const [scripted] = found.filter(({ model }) => model === 'scripted');
  const deadline = performance.now() + share.minutes * 60_000;
  // One percent of the cheapest request that there is.
  const bar =
    scripted?.theirs == null ? {} : { bar: { relation: 'atMost', value: round(0.01 * scripted.theirs) } as const };
  return [...found, await measureLine({ ...options, deadline, ...bar })];
};

const round = (value: number): number => Math.round(value * 10) / 10;

const NO_PROBE = { engines: { probeIntervalMs: 86_400_000 } };

const scriptedLoad = ({ isSmoke }: SuiteOptions): Load => ({
  model: 'scripted',
  config: {
    ...{ limits: { maxConcurrency: 256, queue: 4096 }, ...NO_PROBE },
    models: [scriptedModel({ reply: 'one two three', charactersPerChunk: 16 })],
  },
  path: '/v1/chat/completions',
  body: () => JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'hello' }] }),
  ...(isSmoke ? { connections: 4, perSlice: 32, warmUp: 32 } : { connections: 16, perSlice: 800, warmUp: 8000 }),
});

const modelLoad = (model: BenchModel, { isSmoke, threads }: SuiteOptions): Load => {
  const tokens = isSmoke ? 4 : 32;
  const [slots, context] = [8, 256];
  return {
    model: model.name,
    config: {
      ...{ limits: { maxConcurrency: 32, queue: 256 }, engines: { threads, ...NO_PROBE.engines } },
      models: [
        {
          ...{ id: 'bench', engine: 'llama', sources: [{ file: model.file }], device: 'cpu' },
          ...{ slots, context, kvTokens: slots * context, threads },
        },
      ],
    },
    path: '/v1/completions',
    body: (index) => completionBody({ prompt: model.prompt(tokens, `${index}`), maxTokens: tokens }),
    ...(isSmoke ? { connections: 2, perSlice: 2, warmUp: 2 } : { connections: 8, perSlice: 16, warmUp: 32 }),
  };
};

const compareSides = async (load: Load, { minutes, minRounds, maxRounds, say }: Options): Promise<Comparison[]> => {
  await using life = new AsyncDisposableStack();
  const gateway = life.adopt(
    await startGateway({ entry: SWITCHED, config: load.config }),
    async (started) => void (await started.stop()),
  );
  const client = life.use(await openClient(gateway, load));
  await client.send(load.warmUp);
  let side: Side = 'on';
  let written = load.warmUp;
  const measure = async (wanted: Side): Promise<Sample> => {
    if (side !== wanted) {
      process.kill(gateway.pid, 'SIGUSR2');
      await wait(SWITCH_MS);
    }
    side = wanted;
    const before = exactCpuSeconds(gateway.pid);
    await client.send(load.perSlice);
    if (side === 'on') written += load.perSlice;
    // What it was gathering is written by then, and belongs to this slice.
    await wait(SETTLE_MS);
    return { [CPU]: ((exactCpuSeconds(gateway.pid) - before) / load.perSlice) * 1e6 };
  };
  const rounds = await runRounds<Side>({
    variants: SIDES,
    measure,
    judged: [RATIO],
    ...{ minRounds: minRounds ?? MIN_ROUNDS, maxRounds: maxRounds ?? MAX_ROUNDS, narrow: NARROW },
    deadline: performance.now() + minutes * 60_000,
    now: () => performance.now(),
    onRound: ({ on, off }) => {
      if (on.length % 10 === 0)
        say(`${load.model} ${on.length}: ${on.at(-1)?.[CPU]?.toFixed(1)} / ${off.at(-1)?.[CPU]?.toFixed(1)} ${CPU}`);
    },
  });
  checkSwitched(gateway, { path: load.path, written });
  const about = { model: load.model, case: 'writing' };
  return [
    compare(rounds, RATIO, { ...about, bar: BAR }),
    { ...compare(rounds, ADDED, about), measure: `${CPU}, added` },
  ];
};

/** Without it nobody would see that both sides were the same. */
const checkSwitched = (
  { data }: TestGateway,
  { path, written }: { readonly path: string; readonly written: number },
) => {
  const lines = linesIn(data, 'access').filter((line) => line['url.path'] === path).length;
  if (lines !== written) throw new Error(`expected ${written} lines in the access log, got ${lines}`);
};

/** Connections that stay open from slice to slice. */
const openClient = async ({ url, ca, token }: TestGateway, { path, body, connections }: Load) => {
  const headers = { authorization: `Bearer ${await token('inference')}`, 'content-type': 'application/json' };
  const clients = Array.from(
    { length: connections },
    () => new Client(url, { connect: { ca }, allowH2: false, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }),
  );
  let next = 0;
  const loop = async (client: Client, end: number): Promise<void> => {
    while (next < end) {
      next += 1;
      const answer = await client.request({ method: 'POST', path, headers, body: body(next) });
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
      if (answer.statusCode !== 200) throw new Error(`expected 200, got ${answer.statusCode}`);
    }
  };
  return {
    async send(requests: number): Promise<void> {
      const end = next + requests;
      await Promise.all(clients.map((client) => loop(client, end)));
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
};
