import { existsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { findConfigFile, type LoadedConfig, loadConfig } from '../../core/config/load.ts';
import { modelsDir } from '../../core/config/paths.ts';
import { configSchema, type ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { CATALOGUE, type CatalogueEntry } from '../../services/inference/models/catalogue/catalogue.ts';
import { freeDiskBytes } from '../../services/inference/models/disk.ts';
import { type Machine, thisMachine } from '../../services/inference/models/machine.ts';

/** What every `models` command is told. */
export interface WorkspaceOptions {
  readonly config?: string;
  readonly data: string;
  readonly json?: boolean;
}

/** The configuration that applies and the model cache. */
export interface Workspace extends LoadedConfig {
  /** The model cache. */
  readonly dir: string;
}

/** Reads the configuration the service would read. */
export const openWorkspace = ({ config, data }: WorkspaceOptions): Workspace => ({
  ...loadConfig({ file: config ?? findConfigFile(process.env, ['', data]), env: process.env }),
  dir: modelsDir(process.env),
});

/** A configured model, else one of the catalogue; throws ERR_MODELS_UNKNOWN. */
export const modelOf = ({ config }: Workspace, id: string): ModelConfig => {
  const configured = config.models.find((model) => model.id === id);
  if (configured !== undefined) return configured;
  const entry = CATALOGUE.find((candidate) => candidate.id === id);
  if (entry !== undefined) return modelOfEntry(entry);
  const known = config.models.map((model) => model.id);
  throw new ServiceError(
    'ERR_MODELS_UNKNOWN',
    `model: expected one of ${known.join(', ')}; got ${JSON.stringify(id)}`,
    {
      details: { known },
    },
  );
};

/** A model as the configuration would have it with nothing but its id and its sources given. */
export const modelWith = (id: string, sources: readonly object[]): ModelConfig => {
  const [model] = configSchema.parse({ models: [{ id, sources }] }).models;
  if (model === undefined) throw new TypeError('one model was given');
  return model;
};

/** A catalogue entry as a configured model. */
export const modelOfEntry = ({ id, sources }: CatalogueEntry): ModelConfig => modelWith(id, sources);

/** The catalogue entry that pins the very file a model is configured with. */
export const entryOf = (model: ModelConfig): CatalogueEntry | undefined => {
  const hashes = new Set(model.sources.map((source) => source.sha256).filter((hash) => typeof hash === 'string'));
  return CATALOGUE.find((entry) => entry.sources.some((source) => hashes.has(source.sha256)));
};

/** This machine as a place for models: memory, and disk where the cache is. */
export const describeMachine = async (dir: string): Promise<Machine> => {
  let folder = dir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return { ...thisMachine(), diskBytes: await freeDiskBytes(folder) };
};

/** Memory that is free now, within what this process may use. */
export const freeMemoryBytes = (): number => Math.min(freemem(), thisMachine().memoryBytes);
