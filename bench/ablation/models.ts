import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../core/config/paths.ts';
import { quantizeFile } from '../../services/engine/quantize/quantize-file.ts';
import { type BenchModel, benchModel, describeModel, type ModelName } from '../models/models.ts';
import type { Weights } from './steps.ts';

/** The same model twice: as it comes, and with every weight as an F16 number, which is how most are published. */
export const ablationModels = async (
  name: ModelName,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<Weights, BenchModel>>> => {
  const small = await benchModel(name, env);
  const folder = join(cacheDir(env), 'bench');
  const target = join(folder, `${name}-${small.fact.sha256.slice(0, 12)}.f16.gguf`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(target)) await quantizeFile({ source: small.file, target, type: 'f16' });
  return { q4_1: small, f16: describeModel(`${name} f16`, target, small.headLength) };
};
