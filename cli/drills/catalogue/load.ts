import { availableParallelism } from 'node:os';
import type { Drill } from '../drill.ts';
import type { ProfileName } from '../profile.ts';
import { embeddedModel, missingModel } from '../stack/embedded-model.ts';
import type { Settings } from '../stack/merge.ts';
import { readyReplicas } from '../stack/replicas.ts';
import type { Stack } from '../stack/stack.ts';
import { pause } from '../stack/wait.ts';

/** How much more than one engine can do arrives: two can do it. */
const OVERLOAD = 1.3;
const DEADLINE_MS = 5000;
const MEASURE_MS = 15_000;
const WARM_MS = 3000;
const LOOK_BACK_SECONDS = 1800;
const SLOTS = 4;
const LIMIT = 0.05;
const RATIO = 'job:clawdbot_requests_timeout:ratio_rate5m';

/** A real model: what it writes does not matter, how long it takes does. */
const request = () => ({ prompt: 'Tell a long story about a lighthouse and the sea.', maxTokens: 48, temperature: 1 });

const missing = (profile: ProfileName): string | undefined => {
  if (profile !== 'real') return 'a real engine needs the real profile';
  const model = missingModel();
  if (model !== undefined) return model;
  return availableParallelism() >= 2 ? undefined : 'two engines need two cores';
};

const realModel = (threads: number | 'auto'): Settings => ({
  models: [{ ...embeddedModel(), threads, slots: SLOTS }],
  engines: { threads: 2 },
  limits: { deadlineMs: DEADLINE_MS, maxConcurrency: 64, queue: 1000 },
});

/** Requests a second that one engine answers when it has always something to do. */
const capacityOf = async ({ service, signal }: Stack): Promise<number> => {
  let done = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      const answer = await service.send('POST', '/api/v1/inference', request(), signal);
      await answer.body.dump();
      if (answer.statusCode === 200) done += 1;
    }
  };
  const workers = Array.from({ length: SLOTS }, worker);
  await pause(WARM_MS, signal);
  const before = done;
  const startedAt = performance.now();
  await pause(MEASURE_MS, signal);
  const perSecond = ((done - before) * 1000) / (performance.now() - startedAt);
  isOver = true;
  await Promise.all(workers);
  return perSecond;
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const overload = async (stack: Stack): Promise<void> => {
  const perSecond = await capacityOf(stack);
  if (perSecond === 0) throw new Error('one engine answered nothing at all');
  stack.traffic(perSecond * OVERLOAD, { body: request });
};

/** Since when the condition of the alert holds. */
const tooManySince = async ({ prometheus }: Stack): Promise<number> => {
  const first = (await prometheus.samples(RATIO, LOOK_BACK_SECONDS)).find(({ value }) => value > LIMIT);
  if (first === undefined) throw new Error('never more than 5 % timed out');
  return first.at;
};

const SYMPTOMS = [
  ...(['QueueSaturated', 'FirstTokenSlow', 'AvailabilityBudgetBurnFast', 'AvailabilityBudgetBurnSlow'] as const),
  ...(['LatencyBudgetBurnFast', 'LatencyBudgetBurnSlow'] as const),
];

/** Real engines with more to do than one of them can. */
export const LOAD: readonly Drill[] = [
  {
    name: 'overload',
    about: `${OVERLOAD} times what one engine on one core can do arrives, and requests time out. A second engine is started on the other core, and because of it they no longer do.`,
    missing,
    settings: () => realModel(1),
    inject: overload,
    meanwhile: secondEngineHelps,
    recover: ({ stopTraffic }) => stopTraffic(),
    alerts: ['InferenceTimeoutsHigh'],
    symptoms: SYMPTOMS,
    told: [{ by: 'decision', action: 'scale', outcome: 'done' }],
    cleared: [{ by: 'mail', alert: 'InferenceTimeoutsHigh', isOver: true }],
    log: { of: 'gateway', action: 'engine.started' },
  },
  {
    name: 'overload-no-room',
    about: `The same where one engine has all cores: another one would only share them. None is started, the decision says why, and an e-mail too.`,
    missing,
    settings: () => realModel('auto'),
    inject: overload,
    meanwhile: nothingIsStarted,
    recover: ({ stopTraffic }) => stopTraffic(),
    alerts: ['InferenceTimeoutsHigh'],
    symptoms: [...SYMPTOMS, 'RequestsRefused'],
    told: [{ by: 'decision', action: 'scale', outcome: 'nothing', says: 'no capacity' }],
    cleared: [{ by: 'mail', alert: 'InferenceTimeoutsHigh', isOver: true }],
  },
];

async function secondEngineHelps(stack: Stack): Promise<readonly string[]> {
  const { until, prometheus } = stack;
  await until('a second engine serves', async () => (await readyReplicas(stack)) >= 2 || undefined);
  const serving = Date.now();
  const since = await tooManySince(stack);
  const peak = ((await prometheus.value(RATIO)) ?? 0) * 100;
  await until('fewer than 5 % time out', async () => ((await prometheus.value(RATIO)) ?? 0) < LIMIT || undefined);
  return [
    `${seconds(serving - since)} from more than 5 % time-outs to a second engine serving (bar 120 s)`,
    `${peak.toFixed(1)} % timed out then; fewer than 5 % ${seconds(Date.now() - serving)} later, under the same load`,
  ];
}

async function nothingIsStarted(stack: Stack): Promise<readonly string[]> {
  const { until, mail, lastReason } = stack;
  await until(
    'an e-mail about missing capacity',
    () => mail.messages.some(({ text }) => /capacity/.test(text)) || undefined,
  );
  const engines = await readyReplicas(stack);
  if (engines !== 1) throw new Error(`${engines} engines serve, one was expected`);
  return [`one engine serves; the decision says: ${await lastReason('scale')}`];
}
