import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ModelConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { partNames } from '../../services/inference/models/gguf/parts.ts';
import { findModel } from '../../services/inference/models/resolve.ts';
import { modelOf, modelWith, openWorkspace, type WorkspaceOptions } from './workspace.ts';

/** A model whose files are on this machine. */
export interface FoundModel {
  /** As the configuration or the catalogue has it; for a bare file, every default. */
  readonly model: ModelConfig;
  /** The first part first. */
  readonly files: readonly string[];
}

/** A configured model, one of the catalogue, or a GGUF file by its path; throws where no file of it is here. */
export const findOnDisk = async (idOrFile: string, options: WorkspaceOptions): Promise<FoundModel> => {
  if (/\.gguf$/i.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    const file = resolve(idOrFile);
    const files = partNames(basename(file)).map((name) => join(dirname(file), name));
    return { model: modelWith(nameOf(file), []), files };
  }
  const workspace = openWorkspace(options);
  const model = modelOf(workspace, idOrFile);
  const found = await findModel({ model, dir: workspace.dir });
  if (found !== undefined) return { model, files: found.files };
  throw new ServiceError(
    'ERR_MODELS_FILE',
    `model ${model.id}: expected its file in ${workspace.dir}, found none that is whole; fetch it with \`clawdbot models pull ${model.id}\``,
    { details: { model: model.id } },
  );
};

/** An id that the configuration would accept, from the name of a file. */
export const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-');
