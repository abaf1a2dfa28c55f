import { modelsDir } from '../core/config/paths.ts';
import { configSchema, type ModelConfig } from '../core/config/schema.ts';
import { egressRows } from '../core/egress/implied.ts';
import { createWayOut } from '../core/egress/way-out.ts';
import { resolveModel } from '../services/inference/models/resolve.ts';

const FETCH_MS = 900_000;

/** The configuration of the embedded model, with every default applied. */
export const embeddedModelConfig = (): ModelConfig => {
  const [model] = configSchema.parse({}).models;
  if (model === undefined) throw new TypeError('the default configuration has no model');
  return model;
};

/** The GGUF of the embedded model, from the model cache; fetched when it is not there yet. */
export const embeddedModelFile = async (): Promise<string> => {
  const config = configSchema.parse({});
  const { files } = await resolveModel({
    model: embeddedModelConfig(),
    dir: modelsDir(process.env),
    env: process.env,
    downloads: config.downloads,
    way: { out: createWayOut({ rows: egressRows(config, process.env) }), implied: true },
    onProgress: () => {},
    signal: AbortSignal.timeout(FETCH_MS),
  });
  const [file] = files;
  if (file === undefined) throw new TypeError('the embedded model has no file');
  return file;
};
