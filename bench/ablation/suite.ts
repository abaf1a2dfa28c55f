import { quantile } from '../load/closed-loop.ts';
import type { GenerationResult, Lane } from '../load/generations.ts';
import { sendGenerations } from '../load/send.ts';
import type { BenchModel } from '../models/models.ts';
import { checkLoad, completionTokens } from '../peer/sample.ts';
import { type Server, startOurs } from '../peer/servers.ts';
import { type Judged, type Rounds, runRounds, type Sample } from '../stats/rounds.ts';
import type { Report, SuiteOptions } from '../suite.ts';
import { measureMemory, type StepMemory } from './memory.ts';
import { ablationModels } from './models.ts';
import { ablationReport, LEADING_RATIO } from './report.ts';
import { BEFORE_CACHE, CONTEXT, SLOTS, STEPS, type Step, variationOf, WITH_CACHE } from './steps.ts';
import { WORKLOADS, warmUpLanes, workloadLanes } from './workloads.ts';

/** A naive service (one sequence, F16, nothing shared or kept) against each optimisation added in turn. */
export const runAblationSuite = async (options: SuiteOptions): Promise<Report> => {
  const { isSmoke, env, threads, say } = options;
  const models = await ablationModels(isSmoke ? 'tiny' : '135m', env);
  const steps = stepsOf(options);
  const memory = new Map<string, StepMemory>();
  for (const step of steps) memory.set(step.name, await measureMemory(step, models[step.weights], threads));
  await using life = new AsyncDisposableStack();
  const servers = new Map<string, Server>();
  const context = { prompt: models.q4_1.prompt, isSmoke };
  for (const step of steps) {
    const server = life.adopt(await start(step, models[step.weights], threads), (started) => started.stop());
    servers.set(step.name, server);
    await load(server, warmUpLanes(context), 'warm-up');
  }
  const rounds: Rounds<string> = await runRounds<string>({
    variants: steps.map(({ name }) => name),
    measure: (name, round) => measureStep(servers.get(name), context, round),
    judged: [judgedThroughput(steps)],
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, now: () => performance.now() },
    deadline: performance.now() + options.minutes * 60_000,
    onRound: (so) => say(`round ${so[steps[0]?.name ?? '']?.length}`),
  });
  return ablationReport({ steps, rounds, memory, models, threads });
};

const stepsOf = ({ cases, isSmoke }: SuiteOptions): readonly Step[] => {
  if (isSmoke) return STEPS.filter(({ name }) => ['naive', BEFORE_CACHE, WITH_CACHE].includes(name));
  return STEPS.filter(({ name }) => name === 'naive' || (cases?.includes(name) ?? true));
};

const judgedThroughput = (steps: readonly Step[]): Judged<string> => ({
  ...LEADING_RATIO,
  of: steps.some(({ name }) => name === BEFORE_CACHE) ? BEFORE_CACHE : (steps.at(-1)?.name ?? 'naive'),
});

const start = (step: Step, model: BenchModel, threads: number): Promise<Server> =>
  startOurs(model, { threads, slots: SLOTS, context: CONTEXT }, variationOf(step));

const measureStep = async (
  server: Server | undefined,
  context: Parameters<typeof workloadLanes>[0],
  round: number,
): Promise<Sample> => {
  if (server === undefined) throw new TypeError('a step without a server');
  const samples: Sample[] = [];
  for (const workload of WORKLOADS) {
    const { seconds, answers } = await load(server, workloadLanes(context, workload, round), workload);
    const latencies = answers.map(({ endedAt, sentAt }) => endedAt - sentAt).sort((a, b) => a - b);
    samples.push({
      [`${workload} tokens/s`]: completionTokens(answers) / seconds,
      [`${workload} requests/s`]: answers.length / seconds,
      [`${workload} latency p50 ms`]: quantile(latencies, 0.5),
    });
  }
  return Object.assign({}, ...samples) as Sample; // all of them are samples
};

const load = async (server: Server, lanes: readonly Lane[], name: string): Promise<GenerationResult> => {
  const { url, ca, headers } = server;
  const result = await sendGenerations({
    ...{ url, headers, lanes, path: '/v1/completions', ...(ca === undefined ? {} : { ca }) },
  });
  checkLoad(server.name, name, result);
  return result;
};
