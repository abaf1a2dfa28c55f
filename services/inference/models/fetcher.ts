import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { modelRows } from '../../../core/egress/implied.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import type { EgressRow } from '../../../core/egress/policy.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { FetchOrder, FetchReport } from './fetch-protocol.ts';
import type { FetchProgress } from './progress.ts';
import { findModel, type ResolvedModel } from './resolve.ts';
import type { Downloads } from './sources/source.ts';

const ENTRY = fileURLToPath(new URL('./fetch-main.ts', import.meta.url));
const KILL_AFTER_MS = 5_000;

export interface FetcherOptions {
  /** The model cache. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly downloads: Downloads;
  /** What may leave the machine, asked at every fetch; default: what the sources of the model imply. */
  readonly egress?: () => { readonly rows: readonly EgressRow[]; readonly implied: boolean };
  /** Told of every attempt to leave. */
  readonly note?: (note: EgressNote) => void;
  /** Told of every source that failed, also when the next one delivered. */
  readonly log?: { warn(action: string, fields?: Record<string, unknown>, message?: string): void };
}

export interface FetchOptions {
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

/** Makes models available without doing the work in this process. */
export interface Fetcher {
  /** The checked files of a model; answers without starting a process when they are here already. */
  fetch(model: ModelConfig, options?: FetchOptions): Promise<ResolvedModel>;
  /** Ends every fetch that runs; what it downloaded so far is kept for the next one. */
  stop(): Promise<void>;
}

/** A fetcher that starts one short-lived process per model it has to fetch. */
export const createFetcher = ({ dir, env, downloads, egress, note, log }: FetcherOptions): Fetcher => {
  const running = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    // The certificates of the machine count too: companies put their own authority there.
    const child = fork(ENTRY, [], { env, execArgv: ['--use-system-ca'], serialization: 'json', stdio: STDIO });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return {
    async fetch(model, { onProgress = () => {}, signal = new AbortController().signal } = {}) {
      signal.throwIfAborted();
      const present = await findModel({ model, dir });
      signal.throwIfAborted();
      if (present !== undefined) return present;
      const observe = (progress: FetchProgress) => {
        if (progress.phase === 'failed')
          log?.warn('model.source_failed', fieldsOf(model.id, progress), progress.reason);
        onProgress(progress);
      };
      const { rows, implied } = egress?.() ?? { rows: modelRows({ models: [model], downloads }, env), implied: true };
      const order: FetchOrder = { type: 'fetch', model, dir, downloads, egress: rows, implied };
      return converse(start(), order, { onProgress: observe, onEgress: note ?? (() => {}), signal });
    },
    async stop() {
      await Promise.all([...running].map(end));
    },
  };
};

const fieldsOf = (modelId: string, { source, code }: Extract<FetchProgress, { phase: 'failed' }>) => ({
  'gen_ai.request.model': modelId,
  'error.code': code,
  labels: { source },
});

const STDIO = ['ignore', 'ignore', 'inherit', 'ipc'] as const satisfies NonNullable<
  Parameters<typeof fork>[2]
>['stdio'];

const converse = (
  child: ChildProcess,
  order: FetchOrder,
  { onProgress, onEgress, signal }: Required<FetchOptions> & { readonly onEgress: (note: EgressNote) => void },
): Promise<ResolvedModel> =>
  new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      void end(child);
    };
    signal.addEventListener('abort', abort, { once: true });
    child.once('close', () => signal.removeEventListener('abort', abort));
    // Safe: the only sender is fetch-main.ts of the same version.
    child.on('message', (report: FetchReport) => {
      if (report.type === 'progress') onProgress(report.progress);
      if (report.type === 'egress') onEgress(report.note);
      if (report.type === 'done') resolve({ files: report.files });
      if (report.type === 'failed') reject(failureOf(report));
    });
    child.once('error', (error) => reject(endedEarly(order.model.id, error.message)));
    // Does nothing after an answer; without one the process died.
    child.once('close', (code, reason) => reject(endedEarly(order.model.id, reason ?? `exit code ${code}`)));
    child.send(order, (error) => {
      if (error) reject(endedEarly(order.model.id, error.message));
    });
  });

const failureOf = ({ code, message, details, retryAfterSeconds }: FetchReport & { type: 'failed' }): ServiceError =>
  new ServiceError(code, message, {
    ...(details === undefined ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

const endedEarly = (modelId: string, reason: string): ServiceError =>
  new ServiceError('ERR_MODELS_SOURCE', `model ${modelId}: the process that fetched it ended early (${reason})`, {
    details: { model: modelId },
    retryAfterSeconds: 5,
  });

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
