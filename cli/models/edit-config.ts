import { existsSync, realpathSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Document, isSeq, parseDocument } from 'yaml';
import { loadConfig } from '../../core/config/load.ts';
import { EMBEDDED_MODEL } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';

/** What a command does to the list of models; everything else in the file stays, comments too. */
export interface ModelsEdit {
  readonly add?: {
    readonly model: Readonly<Record<string, unknown>>;
    readonly comment: string;
    readonly first: boolean;
  };
  readonly remove?: string;
}

/**
 * Changes the list of models in a configuration file, which need not exist yet. The new text is read the way the
 * service reads it before it replaces the old one, in one step.
 */
export const editModels = async (path: string, edit: ModelsEdit): Promise<void> => {
  // A file that is a link stays one: what it points at is replaced.
  const file = existsSync(path) ? realpathSync(path) : path;
  const document = parseDocument(existsSync(file) ? await readFile(file, 'utf8') : '');
  if (document.errors.length > 0) loadConfig({ file, env: {} });
  const models = modelsIn(document);
  if (edit.remove !== undefined) removeFrom(models, edit.remove, file);
  if (edit.add !== undefined) {
    const node = document.createNode(edit.add.model);
    node.commentBefore = ` ${edit.add.comment}`;
    if (edit.add.first) models.items.unshift(node);
    else models.items.push(node);
  }
  await replaceChecked(file, document.toString({ lineWidth: 0 }));
};

// Without a list the embedded model is the only one; naming another must not make it disappear.
const modelsIn = (document: Document) => {
  if (document.contents === null) document.contents = document.createNode({});
  const existing = document.get('models', true);
  if (isSeq(existing)) {
    existing.flow = false;
    return existing;
  }
  const list = document.createNode([structuredClone(EMBEDDED_MODEL)]);
  document.set('models', list);
  return list;
};

const removeFrom = (models: ReturnType<typeof modelsIn>, id: string, file: string): void => {
  const index = models.items.findIndex((_, position) => models.getIn([position, 'id']) === id);
  if (index >= 0 && models.items.length > 1) {
    models.items.splice(index, 1);
    return;
  }
  const problem = index < 0 ? `has no model ${id}` : `has no other model than ${id}, and the service needs one`;
  throw new ServiceError('ERR_CONFIG_INVALID', `${file}: ${problem}`, { details: { file } });
};

const replaceChecked = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const candidate = `${file}.${process.pid}.new`;
  try {
    await writeFile(candidate, text, { flag: 'wx' });
    if (existsSync(file)) await chmod(candidate, (await stat(file)).mode);
    loadConfig({ file: candidate, env: {} });
    await rename(candidate, file);
  } finally {
    await rm(candidate, { force: true });
  }
};
