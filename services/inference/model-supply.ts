import { freemem } from 'node:os';
import type { ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { describeAdjustment, describeMisfit, describeNeed } from './models/describe-fit.ts';
import { freeOnDevices } from './models/device-memory.ts';
import type { MemoryNeed } from './models/estimate.ts';
import { type ModelFacts, readModelFacts } from './models/facts.ts';
import type { Fetcher } from './models/fetcher.ts';
import { type FreeMemory, fitModel, hasRoom, type Way } from './models/fit.ts';
import { formatBytes } from './models/format.ts';
import { automaticCache, type ContextPlan } from './models/memory.ts';
import type { FetchProgress } from './models/progress.ts';
import { nvidiaSmi } from './route/devices/nvidia-smi.ts';
import type { EnginePlan, ModelSupply, FetchProgress as ShownProgress } from './route/supply.ts';

/** Memory that a replica of a model may take now; of its device too, where it runs on one that is known. */
export type FreeMemoryFor = (model: ModelConfig) => Promise<FreeMemory>;

// A container's limit counts where it is below the machine's.
const memoryHere: FreeMemoryFor = async (model) => {
  const reading = model.device === 'cpu' ? undefined : await nvidiaSmi().read();
  const deviceBytes = freeOnDevices(model, reading?.kind === 'devices' ? reading.devices : []);
  const hostBytes = Math.min(freemem(), process.availableMemory());
  return { hostBytes, ...(deviceBytes === undefined ? {} : { deviceBytes }) };
};

/** Gives the `route` stage what the `models` stage knows. */
export const createModelSupply = (
  fetcher: Pick<Fetcher, 'fetch'>,
  freeFor: FreeMemoryFor = memoryHere,
): ModelSupply<ModelFacts> => ({
  fetch: (model, { onProgress, signal }) =>
    model.sources.length === 0
      ? Promise.resolve({ files: [] })
      : fetcher.fetch(model, { onProgress: (progress) => onProgress(shown(progress)), signal }),
  readFacts: readModelFacts,
  async plan(model, facts, reserved) {
    const free = without(await freeFor(model), reserved?.bytes ?? 0);
    const found = findPlan(model, facts, free);
    if (!found.ok) throw found.error;
    const plan = withCache(found.plan, model, free);
    return facts.headLength === undefined ? plan : { ...plan, headLength: facts.headLength };
  },
  async fits(model, facts, { running, wanted }) {
    const free = await freeFor(model);
    const more = wanted - running;
    const found = findPlan(model, facts, free);
    if (!found.ok) return { ok: false, reason: found.error.message };
    const { plan } = found;
    const need = timesOf(plan.need, more);
    if (hasRoom({ ...plan, need }, { facts, config: model, free })) return { ok: true };
    const reason = `model ${model.id}: ${more} more replica${more === 1 ? '' : 's'} need ${describeNeed(need)}, ${formatBytes(free.deviceBytes ?? free.hostBytes)} are free; lower slots, context or kvTokens, or choose a smaller quantisation`;
    return { ok: false, reason };
  },
});

/** What is left once models that load now have taken their part, wherever that is. */
const without = ({ hostBytes, deviceBytes }: FreeMemory, bytes: number): FreeMemory =>
  deviceBytes === undefined
    ? { hostBytes: Math.max(0, hostBytes - bytes) }
    : { hostBytes, deviceBytes: Math.max(0, deviceBytes - bytes) };

/** Counts what the engine keeps of prefixes where nobody says how much: it is then told this much. */
const withCache = (plan: FittedPlan, model: ModelConfig, { hostBytes, deviceBytes }: FreeMemory): FittedPlan => {
  const { needBytes } = plan;
  // Beside a model on a device it is another account, which the engine keeps by itself.
  if (needBytes === undefined || deviceBytes !== undefined) return plan;
  const cacheBytes = automaticCache(model, hostBytes - needBytes);
  return cacheBytes === undefined ? plan : { ...plan, cacheBytes, needBytes: needBytes + cacheBytes };
};

type FittedPlan = ContextPlan & EnginePlan;

type Found = { readonly ok: true; readonly plan: FittedPlan } | { readonly ok: false; readonly error: ServiceError };

/** The plan of one replica, made smaller where the model says `fit: auto`. */
const findPlan = (config: ModelConfig, facts: ModelFacts, free: FreeMemory): Found => {
  const fit = fitModel({ facts, config, free });
  if (fit.fits) return { ok: true, plan: withNeed(fit.plan) };
  const [nearest] = fit.ways;
  if (config.fit === 'auto' && nearest !== undefined) return { ok: true, plan: fittedPlan(nearest) };
  const details = {
    neededBytes: fit.plan.need.totalBytes,
    freeBytes: free.deviceBytes ?? free.hostBytes,
    nearest: fit.ways.slice(0, 3).map(({ adjustment }) => adjustment),
  };
  return { ok: false, error: new ServiceError('ERR_ROUTE_NO_MEMORY', describeMisfit(config, fit, free), { details }) };
};

const fittedPlan = ({ adjustment, plan }: Way): FittedPlan => ({
  ...withNeed(plan),
  adjustment: describeAdjustment(adjustment),
  ...(adjustment.slots === undefined ? {} : { slots: adjustment.slots }),
  ...(adjustment.kvType === undefined ? {} : { options: { kvType: adjustment.kvType } }),
});

const withNeed = (plan: ContextPlan): FittedPlan => ({
  ...plan,
  ...(plan.need.totalBytes === undefined ? {} : { needBytes: plan.need.totalBytes }),
});

const timesOf = (need: MemoryNeed, count: number): MemoryNeed =>
  Object.fromEntries(Object.entries(need).map(([part, bytes]) => [part, bytes * count]));

const shown = (progress: FetchProgress): ShownProgress => {
  switch (progress.phase) {
    case 'downloading':
      return { ...ratioOf(progress), detail: `${amount(progress)} from ${progress.source}${partOf(progress)}` };
    case 'waiting':
      return { ...ratioOf(progress), detail: `${amount(progress)}, downloaded by another process` };
    case 'checking':
      return { detail: 'checking the file' };
    case 'failed':
      return { detail: `${progress.source} failed (${progress.reason}), trying the next source` };
  }
};

interface Received {
  readonly receivedBytes: number;
  readonly totalBytes?: number;
}

const ratioOf = ({ receivedBytes, totalBytes }: Received): { ratio?: number } =>
  totalBytes === undefined || totalBytes === 0 ? {} : { ratio: Math.min(1, receivedBytes / totalBytes) };

const amount = ({ receivedBytes, totalBytes }: Received): string =>
  totalBytes === undefined ? formatBytes(receivedBytes) : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`;

const partOf = ({ part, parts }: FetchProgress & { phase: 'downloading' }): string =>
  parts > 1 ? `, part ${part} of ${parts}` : '';
