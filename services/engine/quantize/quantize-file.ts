import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { runErrand } from '../errand/run-errand.ts';
import type { QuantizeType } from '../protocol/quantization.ts';
import { type QuantizeJob, type QuantizeResult, quantizeResult } from './job.ts';

const MAIN = new URL('./main.ts', import.meta.url);

export interface QuantizeRequest {
  /** A GGUF file; the first part where it is split. */
  readonly source: string;
  /** A file that does not exist yet. */
  readonly target: string;
  /** More precise than the source is allowed here: whether it makes sense is for the caller to ask. */
  readonly type: QuantizeType;
  readonly threads?: number;
  /** Entries for the metadata of the result. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly onProgress?: ((ratio: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The program that does it; another one in tests. */
  readonly main?: URL;
}

/** Quantises a model in a process of its own. The target is whole or not there: a failed run leaves nothing behind. */
export const quantizeFile = async (request: QuantizeRequest): Promise<QuantizeResult> => {
  const { source, target, type, onProgress, signal } = request;
  if (existsSync(target)) throw alreadyThere(target);
  const partial = `${target}.${process.pid}.part`;
  await claim(partial);
  try {
    const job: QuantizeJob = {
      ...{ source, target: partial, type, metadata: request.metadata ?? {} },
      threads: request.threads ?? availableParallelism(),
    };
    const result = await runErrand({
      ...{ name: 'the quantiser', main: request.main ?? MAIN, job },
      ...{ result: quantizeResult, onProgress, signal },
    });
    if (existsSync(target)) throw alreadyThere(target);
    await rename(partial, target);
    return result;
  } finally {
    await rm(partial, { force: true });
  }
};

/** Creates the file, so that a place where nothing can be written is known before the work. */
const claim = async (partial: string): Promise<void> => {
  try {
    await (await open(partial, 'w')).close();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ServiceError(
      'ERR_MODELS_QUANTIZE',
      `${dirname(partial)}: expected a folder to write the quantised model to, got ${code}; name another place with --out`,
      { cause },
    );
  }
};

const alreadyThere = (target: string): ServiceError =>
  new ServiceError(
    'ERR_MODELS_QUANTIZE',
    `${target}: expected a file that does not exist yet, found one; delete it or name another with --out`,
  );
