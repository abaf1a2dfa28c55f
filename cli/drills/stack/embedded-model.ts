import { existsSync, readdirSync } from 'node:fs';
import { modelsDir } from '../../../core/config/paths.ts';
import { configSchema } from '../../../core/config/schema.ts';
import type { Settings } from './merge.ts';

/** Why there is no real model: no drill fetches one. */
export const missingModel = (): string | undefined => {
  const dir = modelsDir(process.env);
  const isThere = existsSync(dir) && readdirSync(dir).some((name) => name.startsWith('SmolLM2'));
  return isThere ? undefined : 'the embedded model is not in the cache';
};

/** The model that the service comes with, as the one of a drill: what it writes does not matter, that it computes does. */
export const embeddedModel = (): Settings => ({
  ...{ id: 'drill', engine: 'llama', sources: configSchema.parse({}).models[0]?.sources ?? [], device: 'cpu' },
});
