import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { LLAMA_CPP } from './gguf/architectures.ts';
import { fileError } from './gguf/file-error.ts';
import { type GgufHeader, readGgufHeader } from './gguf/header.ts';

/** Engines that load the file with the bundled llama.cpp; others may know more architectures. */
const BUNDLED = new Set(['node-llama-cpp', 'llama']);
const KNOWN = new Set<string>(LLAMA_CPP.architectures);

/** The sha256 of a whole file, as hexadecimal digits. */
export const hashFile = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
};

/** Throws ERR_MODELS_HASH unless the two are equal. */
export const checkHash = (path: string, actual: string, expected: string | undefined): void => {
  if (expected === undefined || actual === expected) return;
  throw new ServiceError(
    'ERR_MODELS_HASH',
    `model file ${displayName(path)}: expected sha256 ${expected}, got ${actual}; the source has another file, or the expected hash is wrong`,
    { details: { file: displayName(path), expected, actual } },
  );
};

/** Throws ERR_MODELS_FILE for what is not a whole GGUF file. */
export const checkFile = (path: string): Promise<GgufHeader> => readGgufHeader(path);

/** Throws ERR_MODELS_ARCHITECTURE for a model that the engine named could not load. */
export const checkArchitecture = (path: string, { metadata }: GgufHeader, engine: string): void => {
  if (!BUNDLED.has(engine)) return;
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string') {
    throw fileError(path, 'an architecture in its header (general.architecture)', 'none');
  }
  if (KNOWN.has(architecture)) return;
  const shown = JSON.stringify(architecture.slice(0, 60));
  throw new ServiceError(
    'ERR_MODELS_ARCHITECTURE',
    `model file ${displayName(path)}: its architecture ${shown} is not known to the bundled llama.cpp ${LLAMA_CPP.release}; serve it with a program that knows it and configure \`engine: openai\``,
    { details: { architecture: architecture.slice(0, 60), release: LLAMA_CPP.release } },
  );
};

const displayName = (path: string): string => basename(path).replace(/\.part$/, '');
