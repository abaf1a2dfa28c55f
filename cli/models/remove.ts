import { createInterface } from 'node:readline/promises';
import { formatBytes } from '../../services/inference/models/format.ts';
import { cachedModel, removeCached } from '../../services/inference/models/remove.ts';
import { editModels } from './edit-config.ts';
import { modelOf, openWorkspace, type WorkspaceOptions } from './workspace.ts';

export interface RemoveOptions extends WorkspaceOptions {
  readonly yes?: boolean;
  readonly forget?: boolean;
}

/** `clawdbot models rm`: deletes the downloaded files of a model and, if told to, its entry in the configuration. */
export const removeModel = async (id: string, options: RemoveOptions): Promise<string> => {
  const workspace = openWorkspace(options);
  const model = modelOf(workspace, id);
  const cached = await cachedModel(model, workspace.dir);
  const willEdit = options.forget === true && workspace.file !== undefined;
  if (cached.folders.length === 0 && !willEdit) return report(options, { id, bytes: 0, folders: [], file: undefined });
  if (options.yes !== true && !(await confirmed(`delete ${formatBytes(cached.bytes)} of ${id}?`)))
    return 'nothing deleted';
  if (willEdit && workspace.file !== undefined) await editModels(workspace.file, { remove: id });
  await removeCached(cached, workspace.dir);
  return report(options, { id, ...cached, file: willEdit ? workspace.file : undefined });
};

interface Removed {
  readonly id: string;
  readonly bytes: number;
  readonly folders: readonly string[];
  readonly file: string | undefined;
}

const report = ({ json }: RemoveOptions, { id, bytes, folders, file }: Removed): string => {
  if (json === true) return JSON.stringify({ removed: id, bytes, folders, configuration: file ?? null }, null, 2);
  const files = folders.length === 0 ? `${id}: nothing of it is in the cache` : `${id}: deleted ${formatBytes(bytes)}`;
  return file === undefined ? files : `${files}; taken out of ${file}`;
};

const confirmed = async (question: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
};
