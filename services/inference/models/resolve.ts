import type { ModelConfig } from '../../../core/config/schema.ts';
import { locate } from './cache.ts';
import { obtain } from './obtain.ts';
import type { FetchProgress } from './progress.ts';
import type { Downloads, DownloadWay } from './sources/source.ts';
import { type BoundSource, bindSource } from './sources/table.ts';
import { type Failure, FINAL, failureOf, unresolved } from './unresolved.ts';
import { isPresent, recallLocal, useLocal } from './use-local.ts';

/** One model to be made available, and where to put it. */
export interface ResolveRequest {
  readonly model: ModelConfig;
  /** The model cache. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly downloads: Downloads;
  readonly way: DownloadWay;
  readonly onProgress: (progress: FetchProgress) => void;
  readonly signal: AbortSignal;
}

export interface ResolvedModel {
  /** The first part first; empty for a model without sources. */
  readonly files: readonly string[];
}

/** Finds or fetches the files of a model; what it answers with is whole, is what was asked for, and can be loaded. */
export const resolveModel = async (request: ResolveRequest): Promise<ResolvedModel> => {
  const sources = request.model.sources.map(bindSource);
  if (sources.length === 0) return { files: [] };
  const failures: Failure[] = [];
  const attempts = { failures, request };
  const here = await present(sources, request.dir);
  const found = await firstThatWorks(here, attempts, useLocal);
  if (found !== undefined) return { files: found };
  const elsewhere = sources.filter((source) => source.place === 'elsewhere' || !here.includes(source));
  const fetched = await firstThatWorks(elsewhere, attempts, obtain);
  if (fetched !== undefined) return { files: fetched };
  throw unresolved(request.model.id, sources, failures, request.dir);
};

/** The same without network, locks and hashing: `undefined` where there would be something to fetch or to check. */
export const findModel = async ({
  model,
  dir,
}: Pick<ResolveRequest, 'model' | 'dir'>): Promise<ResolvedModel | undefined> => {
  const sources = model.sources.map(bindSource);
  if (sources.length === 0) return { files: [] };
  for (const source of await present(sources, dir)) {
    const files = await recallLocal(source, { model, dir });
    if (files !== undefined) return { files };
  }
  return undefined;
};

const present = async (sources: readonly BoundSource[], dir: string): Promise<BoundSource[]> => {
  const found = await Promise.all(sources.map((source) => isPresent(locate(source, dir))));
  return sources.filter((_, index) => found[index]);
};

interface Attempts {
  /** Added to by every attempt that fails. */
  readonly failures: Failure[];
  readonly request: ResolveRequest;
}

const firstThatWorks = async (
  sources: readonly BoundSource[],
  { failures, request }: Attempts,
  attempt: (source: BoundSource, request: ResolveRequest) => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> => {
  for (const source of sources) {
    if (failures.some(({ error }) => FINAL.has(error.code))) return undefined;
    try {
      return await attempt(source, request);
    } catch (error) {
      request.signal.throwIfAborted();
      const failure = failureOf(error, request.dir);
      failures.push({ source, error: failure });
      const { code, message } = failure;
      request.onProgress({ phase: 'failed', source: source.description, code, reason: message });
    }
  }
  return undefined;
};
