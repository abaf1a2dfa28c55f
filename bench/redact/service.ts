import type { Redactor } from '../../services/inference/redact/redactor.ts';
import { treeCpuSeconds } from '../load/process-tree.ts';
import { sendGenerations } from '../load/send.ts';
import { type BenchModel, benchModel, MODEL_NAMES } from '../models/models.ts';
import { completionBody } from '../peer/cases.ts';
import { checkLoad, completionTokens } from '../peer/sample.ts';
import { type Server, startOurs } from '../peer/servers.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions } from '../suite.ts';
import type { Part } from './part.ts';

const SIDES = ['on', 'off'] as const;
type Side = (typeof SIDES)[number];

const CAPACITY = { slots: 16, context: 2048 };
const CONNECTIONS = 8;
const REQUESTS = 16;
const CPU = 'CPU ms/token';
const BAR = { relation: 'atMost', value: 1.01 } as const;
const CPU_RATIO = { measure: CPU, of: 'on', against: 'off', as: 'ratio' } as const;
const SPEED_RATIO = { measure: 'tokens/s', of: 'on', against: 'off', as: 'ratio' } as const;

/** The same service with all packs on and with redaction off, streaming from a real model. */
export const measureService = async (_redactor: Redactor, options: SuiteOptions): Promise<Part> => {
  const names = MODEL_NAMES.filter((name) => options.models?.includes(name) ?? true);
  const endsAt = performance.now() + (options.minutes * 60_000) / 2;
  const comparisons: Comparison[] = [];
  const models: BenchModel[] = [];
  for (const [index, name] of names.entries()) {
    const model = await benchModel(name, options.env);
    models.push(model);
    const shareMs = (endsAt - performance.now()) / (names.length - index);
    comparisons.push(...(await compareOn(model, performance.now() + shareMs, options)));
  }
  return {
    models: models.map(({ fact }) => fact),
    comparisons,
    tables: [],
    notes: [`${CPU}: redaction on over off, of the gateway and the engine together, 64 + 64 tokens, streamed`],
  };
};

const compareOn = async (model: BenchModel, deadline: number, options: SuiteOptions): Promise<Comparison[]> => {
  const capacity = { ...CAPACITY, threads: options.threads };
  await using life = new AsyncDisposableStack();
  const start = async (enabled: boolean): Promise<Server> =>
    life.adopt(await startOurs(model, capacity, { config: { redaction: { enabled } } }), (server) => server.stop());
  const servers: Readonly<Record<Side, Server>> = { on: await start(true), off: await start(false) };
  for (const side of SIDES) await measure(servers[side], model, 'warm-up', options);
  const rounds = await runRounds<Side>({
    variants: SIDES,
    measure: (side, round) => measure(servers[side], model, `redact ${round}`, options),
    judged: [CPU_RATIO],
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, deadline },
    now: () => performance.now(),
    onRound: ({ on, off }) =>
      options.say(
        `${model.name} round ${on.length}: ${CPU} ${on.at(-1)?.[CPU]?.toFixed(3)} / ${off.at(-1)?.[CPU]?.toFixed(3)}`,
      ),
  });
  const about = { model: model.name, case: 'redaction on and off' };
  return [compare(rounds, CPU_RATIO, { ...about, bar: BAR }), compare(rounds, SPEED_RATIO, about)];
};

const measure = async (
  { pid, url, ca, headers, name: who }: Server,
  { prompt }: BenchModel,
  name: string,
  { isSmoke }: SuiteOptions,
): Promise<Sample> => {
  const maxTokens = isSmoke ? 8 : 64;
  const bodies = Array.from({ length: isSmoke ? CONNECTIONS : REQUESTS }, (_, index) =>
    completionBody({ prompt: prompt(maxTokens, `${name} ${index}`), maxTokens, isStream: true }),
  );
  const before = treeCpuSeconds(pid);
  const result = await sendGenerations({
    ...{ url, headers, path: '/v1/completions', ...(ca === undefined ? {} : { ca }) },
    lanes: [{ name, connections: CONNECTIONS, bodies }],
  });
  checkLoad(who, name, result);
  const tokens = completionTokens(result.answers);
  return { [CPU]: ((treeCpuSeconds(pid) - before) / tokens) * 1000, 'tokens/s': tokens / result.seconds };
};
