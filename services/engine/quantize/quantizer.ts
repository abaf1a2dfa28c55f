import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';
import { QUANTIZE_TYPES } from '../protocol/quantization.ts';
import type { QuantizeJob, QuantizeResult } from './job.ts';
import { encodeOverrides } from './overrides.ts';
import { failureIn, fallbacksIn, progressIn } from './story.ts';

/** Quantises one file with llama.cpp's own quantiser; what it wrote until a failure is left to the caller. */
export const quantizeWith = async (
  native: Native,
  { source, target, type, threads, metadata }: QuantizeJob,
  onProgress: (ratio: number) => void,
): Promise<Pick<QuantizeResult, 'fallbacks'>> => {
  const story = listen(native, onProgress);
  const overrides = encodeOverrides(metadata);
  const params = native.memory.struct('QuantizeParams', {
    ...native.api.llama_model_quantize_default_params(),
    ...{ nthread: threads, ftype: QUANTIZE_TYPES[type].fileType, allow_requantize: true },
    kv_overrides: native.memory.addressOf(overrides),
  });
  try {
    const code = await promisify(native.api.llama_model_quantize.async)(source, target, params);
    if (code !== 0) throw explain(failureIn(story.text()), source, target);
    syncFile(target);
    return { fallbacks: fallbacksIn(story.text()) };
  } finally {
    story.stop();
    // Touched after the call, so that their memory is not collected while llama.cpp reads it.
    overrides.fill(0);
    params.fill(0);
  }
};

/** Everything llama.cpp says meanwhile; some lines come in pieces. */
const listen = (native: Native, onProgress: (ratio: number) => void) => {
  let text = '';
  const logger = native.callback('log', (_level: number, at: Pointer | null) => {
    const piece = at === null ? '' : native.memory.text(at);
    const ratio = progressIn(piece);
    if (ratio !== undefined) onProgress(ratio);
    else text += piece;
  });
  native.api.llama_log_set(logger.pointer, null);
  return {
    text: () => text,
    stop() {
      native.api.llama_log_set(native.silentLogger, null);
      logger.release();
    },
  };
};

const STREAM_FAILURE = /iostream|basic_ios/;

const explain = (reason: string, source: string, target: string): ServiceError => {
  const errno = STREAM_FAILURE.test(reason) ? writeErrorAt(target) : undefined;
  if (errno !== undefined) return notWritten(errno);
  return new ServiceError(
    'ERR_MODELS_QUANTIZE',
    `${basename(source)}: llama.cpp could not quantise it: ${reason}; check the file with \`clawdbot models inspect\``,
  );
};

/** Data that only the disk's own queue refuses is found here, not when the model is loaded. */
const syncFile = (target: string): void => {
  const errno = errnoOf(() => {
    const handle = openSync(target, 'r+');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  });
  if (errno !== undefined) throw notWritten(errno);
};

/** A C++ stream does not say why it failed; the same write from here does. */
const writeErrorAt = (target: string): string | undefined =>
  errnoOf(() => {
    const handle = openSync(target, 'a');
    try {
      writeSync(handle, Buffer.alloc(PROBE_BYTES));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  });

const PROBE_BYTES = 1024 * 1024;

const errnoOf = (write: () => void): string | undefined => {
  try {
    write();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
};

const notWritten = (errno: string): ServiceError =>
  new ServiceError(
    'ERR_MODELS_DISK',
    `the quantised model could not be written (${errno}); free space, or name another place with --out`,
    { details: { errno } },
  );
