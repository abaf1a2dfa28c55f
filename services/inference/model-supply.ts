import { freemem } from 'node:os';
import type { ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { type ModelFacts, readModelFacts } from './models/facts.ts';
import type { Fetcher } from './models/fetcher.ts';
import { formatBytes } from './models/format.ts';
import { type ContextPlan, fits, planContext } from './models/memory.ts';
import type { FetchProgress } from './models/progress.ts';
import type { ModelSupply, FetchProgress as ShownProgress } from './route/supply.ts';

/** Gives the `route` stage what the `models` stage knows. */
export const createModelSupply = (fetcher: Pick<Fetcher, 'fetch'>): ModelSupply<ModelFacts> => ({
  fetch: (model, { onProgress, signal }) =>
    model.sources.length === 0
      ? Promise.resolve({ files: [] })
      : fetcher.fetch(model, { onProgress: (progress) => onProgress(shown(progress)), signal }),
  readFacts: readModelFacts,
  plan(model, facts) {
    const plan = planFor(model, facts);
    if (fits(plan, freeBytes()) === false) throw noMemory(model, plan, 1);
    return plan;
  },
  fits(model, facts, { running, wanted }) {
    const plan = planFor(model, facts);
    const more = wanted - running;
    if (plan.need.totalBytes === undefined || plan.need.totalBytes * more <= freeBytes()) return { ok: true };
    return { ok: false, reason: noMemory(model, plan, more).message };
  },
});

// A container's limit counts where it is below the machine's.
const freeBytes = (): number => Math.min(freemem(), process.availableMemory());

const planFor = (config: ModelConfig, facts: ModelFacts): ContextPlan =>
  planContext({ facts, config, freeBytes: freeBytes() });

const noMemory = ({ id, slots }: ModelConfig, { need, context, kvTokens }: ContextPlan, replicas: number) =>
  new ServiceError(
    'ERR_ROUTE_NO_MEMORY',
    `model ${id}: ${replicas} more replica${replicas === 1 ? '' : 's'} with ${slots} slots, context ${context} and ${kvTokens} cells of key-value memory need ${formatBytes((need.totalBytes ?? 0) * replicas)}, ${formatBytes(freeBytes())} are free; lower slots, context or kvTokens, or choose a smaller quantisation`,
    { details: { neededBytes: (need.totalBytes ?? 0) * replicas, freeBytes: freeBytes() } },
  );

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
