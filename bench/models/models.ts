import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../core/config/paths.ts';
import { embeddedModelFile } from '../../tests/embedded-model.ts';
import type { ModelFact } from '../suite.ts';
import { createPromptWriter, type PromptWriter } from './prompts.ts';
import { SHAPE_15M, SHAPE_TINY, writeRandomModel } from './random-model.ts';
import { readVocabulary } from './vocabulary.ts';

/** A model that a bench runs. */
export interface BenchModel {
  readonly name: string;
  readonly file: string;
  readonly fact: ModelFact;
  /** As the gateway tells its engines. */
  readonly headLength: number;
  readonly prompt: PromptWriter;
}

export const MODEL_NAMES = ['135m', '15m'] as const;
export type ModelName = (typeof MODEL_NAMES)[number] | 'tiny';

const EMBEDDED_HEAD = 64;
const SHAPES = { '15m': SHAPE_15M, tiny: SHAPE_TINY } as const;
/** Part of the names of the files; to be raised with every change of what is written. */
const FORMAT = 1;

/** The embedded model, or a random one, which is written into the cache folder at its first use. */
export const benchModel = async (name: ModelName, env: NodeJS.ProcessEnv): Promise<BenchModel> => {
  const embedded = await embeddedModelFile();
  if (name === '135m') return describeModel(name, embedded, EMBEDDED_HEAD);
  const file = join(cacheDir(env), 'bench', `random-${name}.q8_0.v${FORMAT}.gguf`);
  writeRandomModel(file, SHAPES[name], embedded);
  return describeModel(name, file, SHAPES[name].width / SHAPES[name].heads);
};

/** What a report says of a model file, and prompts that fit its vocabulary. */
export const describeModel = (name: string, file: string, headLength: number): BenchModel => ({
  name,
  file,
  headLength,
  fact: {
    name,
    bytes: statSync(file).size,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  },
  prompt: createPromptWriter(readVocabulary(file)),
});
