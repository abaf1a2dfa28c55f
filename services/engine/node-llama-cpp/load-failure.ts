import { ServiceError } from '../../../core/errors/service-error.ts';
import { PINNED } from '../ffi/pinned.ts';

const ARCHITECTURE = /unknown (?:model )?architecture:? '?([\w.-]+)'?/i;
const BROKEN =
  /not within the file bounds|corrupted or incomplete|unexpectedly reached end|Invalid GGUF magic|unsupported GGUF version|failed to read|invalid magic/i;
const MEMORY =
  /InsufficientMemory|too large for the available|not enough memory|failed to allocate|unable to allocate|out of memory|context size .* too large/i;

/** Says in the product's words why a model did not load, from what was thrown and what llama.cpp logged meanwhile. */
export const explainLoadFailure = (
  error: unknown,
  logs: readonly string[],
  file: string,
  build: string = PINNED.release,
): ServiceError => {
  if (error instanceof ServiceError) return error;
  const thrown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const story = [thrown, ...logs].join('\n');
  const reason = lastReason(thrown, logs);
  const architecture = ARCHITECTURE.exec(story)?.[1];
  if (architecture !== undefined) {
    return new ServiceError(
      'ERR_MODELS_ARCHITECTURE',
      `${file}: the architecture "${architecture}" is unknown to llama.cpp ${build}; serve the model elsewhere and use engine: openai`,
      { details: { architecture, build }, cause: error },
    );
  }
  if (MEMORY.test(story)) {
    return new ServiceError(
      'ERR_ENGINE_LOAD',
      `${file}: not enough memory (${reason}); lower slots, context or kvTokens, or take a smaller quantisation`,
      { cause: error },
    );
  }
  if (BROKEN.test(story)) {
    return new ServiceError(
      'ERR_MODELS_FILE',
      `${file}: expected a complete GGUF file (${reason}); fetch it again: clawdbot models pull`,
      { cause: error },
    );
  }
  return new ServiceError('ERR_ENGINE_LOAD', `${file}: ${reason}`, { cause: error });
};

/** llama.cpp throws a bare "failed to load" and logs why just before. */
const lastReason = (thrown: string, logs: readonly string[]): string => {
  const logged = BARE.test(thrown)
    ? logs.findLast((line) => /error|fail|unable|not enough|invalid|unknown/i.test(line))
    : undefined;
  return firstLine(logged ?? thrown);
};

const BARE = /^\w*Error: failed to (?:load model|create context)\.?$/i;

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
