import type { GenerationResult, Lane } from '../load/generations.ts';
import { sendGenerations } from '../load/send.ts';
import { type BenchModel, benchModel, MODEL_NAMES } from '../models/models.ts';
import { type Judged, type Rounds, runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, Report, SuiteOptions } from '../suite.ts';
import { llamaPrograms } from './build.ts';
import { keepBusy } from './busy.ts';
import { type CaseContext, completionBody, PEER_CASES, type PeerCase } from './cases.ts';
import { checkLoad, checkWork, sampleOf } from './sample.ts';
import { type Capacity, type Server, startLlamaServer, startOurs, type Variation } from './servers.ts';

const SIDES = ['ours', 'theirs'] as const;
type Side = (typeof SIDES)[number];
type Contestants = Readonly<Record<Side, Server>>;

const SLOTS = 16;
const CONTEXT = 2048;
const COMPLETIONS = '/v1/completions';

/** Clawdbot over HTTPS with tokens, limits and telemetry on against llama-server over HTTP: same model, slots, threads and client. */
export const runPeerSuite = async (options: SuiteOptions): Promise<Report> => {
  const names = MODEL_NAMES.filter((name) => options.models?.includes(name) ?? true);
  const cases = PEER_CASES.filter(({ name }) => options.cases?.includes(name) ?? true);
  const comparisons: Comparison[] = [];
  const models: BenchModel[] = [];
  const endsAt = performance.now() + options.minutes * 60_000;
  for (const [index, name] of names.entries()) {
    const model = await benchModel(name, options.env);
    models.push(model);
    const shareMs = (endsAt - performance.now()) / (names.length - index);
    comparisons.push(...(await compareOn(model, cases, performance.now() + shareMs, options)));
  }
  const { threads, peer = 'llama-server', redaction = 'on' } = options;
  return {
    suite: 'peer',
    settings: {
      peer,
      redaction,
      threads,
      slots: SLOTS,
      contextPerSlot: CONTEXT,
      batch: 512,
      kv: 'f16',
      sampling: 'greedy',
    },
    models: models.map(({ fact }) => fact),
    comparisons,
    tables: [],
    notes: cases.map(({ name, about }) => `${name}: ${about}`),
  };
};

const compareOn = async (
  model: BenchModel,
  cases: readonly PeerCase[],
  endsAt: number,
  options: SuiteOptions,
): Promise<Comparison[]> => {
  const capacity: Capacity = { threads: options.threads, slots: SLOTS, context: CONTEXT };
  await using life = new AsyncDisposableStack();
  const servers: Contestants = {
    ours: life.adopt(await startOurs(model, capacity, variationOf(options)), (server) => server.stop()),
    theirs: life.adopt(await startPeer(model, capacity, options), (server) => server.stop()),
  };
  const context = await measurePace(model, servers, options);
  const comparisons: Comparison[] = [];
  for (const [index, one] of cases.entries()) {
    const deadline = performance.now() + (endsAt - performance.now()) / (cases.length - index);
    const rounds = await runCase(one, servers, context, { ...options, deadline });
    comparisons.push(...comparisonsOf(model.name, one, rounds));
  }
  return comparisons;
};

const variationOf = ({ redaction }: SuiteOptions): Variation =>
  redaction === 'off' ? { config: { redaction: { enabled: false } } } : {};

const startPeer = async (model: BenchModel, capacity: Capacity, { peer, env, say }: SuiteOptions): Promise<Server> => {
  if (peer === 'clawdbot') return startOurs(model, capacity);
  const programs = await llamaPrograms(env, say);
  return startLlamaServer(programs.file('llama-server'), model, capacity);
};

/** A round should last a few seconds whatever the model: what a request takes the peer alone says how many there are. */
const measurePace = async (
  { prompt }: BenchModel,
  servers: Contestants,
  { isSmoke }: SuiteOptions,
): Promise<CaseContext> => {
  const timed = async (name: string, tokens: number, maxTokens: number): Promise<number> => {
    const body = completionBody({ prompt: prompt(tokens, name), maxTokens });
    const lanes = [{ name, connections: 1, bodies: [body] }];
    await load(servers.ours, lanes, name);
    return (await load(servers.theirs, lanes, name)).seconds;
  };
  await timed('first', 16, 4);
  if (isSmoke) return { prompt, pace: { longSeconds: 0.1, shortSeconds: 0.01 }, scale: 0.25, shrink: 8 };
  const longSeconds = await timed('long', 1024, 4);
  const shortSeconds = await timed('short', 16, 16);
  const scale = Math.min(4, Math.max(1, 0.1 / shortSeconds));
  return { prompt, pace: { longSeconds, shortSeconds }, scale, shrink: 1 };
};

const runCase = async (
  one: PeerCase,
  servers: Contestants,
  context: CaseContext,
  options: SuiteOptions & { readonly deadline: number },
): Promise<Rounds<Side>> => {
  const measure = async (side: Side, round: number): Promise<Sample> => {
    const server = servers[side];
    if (one.warmUp !== undefined) await load(server, one.warmUp(context), one.name);
    const busy = one.isBusy === true ? keepBusy() : undefined;
    try {
      return sampleOf(one, await load(server, one.lanes(context, round), one.name));
    } finally {
      busy?.stop();
    }
  };
  const rounds = await runRounds<Side>({
    ...{ variants: SIDES, measure, judged: judgedOf(one).slice(0, 1), now: () => performance.now() },
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, deadline: options.deadline },
    onRound: (so) => options.say(lastRound(one, so)),
  });
  checkWork(one.name, rounds.ours, rounds.theirs);
  return rounds;
};

const load = async (server: Server, lanes: readonly Lane[], name: string): Promise<GenerationResult> => {
  const { url, ca, headers } = server;
  const result = await sendGenerations({ url, ...(ca === undefined ? {} : { ca }), headers, path: COMPLETIONS, lanes });
  checkLoad(server.name, name, result);
  return result;
};

const judgedOf = ({ measures }: PeerCase): Judged<Side>[] =>
  measures.map(({ name }) => ({ measure: name, of: 'ours', against: 'theirs', as: 'ratio' }));

const comparisonsOf = (model: string, one: PeerCase, rounds: Rounds<Side>): Comparison[] =>
  judgedOf(one).map((judged, index) => {
    const bar = one.measures[index]?.bar;
    return compare(rounds, judged, { model, case: one.name, ...(bar === undefined ? {} : { bar }) });
  });

const lastRound = ({ name, measures }: PeerCase, rounds: Rounds<Side>): string => {
  const measure = measures[0]?.name ?? 'tokens/s';
  const [ours, theirs] = SIDES.map((side) => rounds[side].at(-1)?.[measure] ?? Number.NaN);
  const ratio = (ours ?? Number.NaN) / (theirs ?? Number.NaN);
  return `${name} round ${rounds.ours.length}: ${measure} ${ours?.toFixed(1)} / ${theirs?.toFixed(1)} = ${ratio.toFixed(3)}`;
};
