import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';

/** @typedef {{ node: string, script: string }} Npm */

/**
 * The npm to use and the Node to run it with: the one that started us, else the one beside the running Node, else the
 * first on PATH. Never anything inside `node_modules`, which `npm ci` is about to delete.
 * @param {NodeJS.ProcessEnv} env @param {string} [execPath] @returns {Npm | undefined}
 */
export const findNpm = (env, execPath = process.execPath) => {
  const folders = [dirname(execPath), ...(env.PATH ?? '').split(delimiter)].filter(isOutside);
  const node = [env.npm_node_execpath, ...folders.map((folder) => join(folder, 'node'))].find(isUsable) ?? execPath;
  const started = env.npm_execpath;
  if (started?.endsWith('npm-cli.js') && existsSync(started)) return { node, script: started };
  for (const folder of folders) {
    const script = scriptOf(join(folder, 'npm'));
    if (script !== undefined) return { node, script };
  }
  return undefined;
};

/** @param {string} folder */
const isOutside = (folder) => folder !== '' && !folder.split(sep).includes('node_modules');

/** @param {string | undefined} file @returns {file is string} */
const isUsable = (file) => file !== undefined && isOutside(file) && existsSync(file);

/**
 * The JavaScript behind an `npm` command; a shell wrapper (as version managers make) has none.
 * @param {string} command
 */
const scriptOf = (command) => {
  if (!existsSync(command)) return undefined;
  const target = realpathSync(command);
  if (target.endsWith('.js')) return target;
  const beside = join(dirname(dirname(target)), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(beside) ? beside : undefined;
};
