import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './child.mjs';
import { essenceOf, explainNpmFailure, hasBrokenFiles, NPM_CI_ARGUMENTS } from './npm-words.mjs';
import { SetupError } from './setup-error.mjs';

/** @typedef {import('./npm.mjs').Npm} Npm */

const KEPT_OUTPUT_CHARACTERS = 200_000;

/**
 * Installs a folder's lock; npm's own words and what they mean are in the error.
 * @param {Npm} npm @param {string} folder
 */
export const npmCi = async (npm, folder) => {
  const { code, output } = await run(npm, NPM_CI_ARGUMENTS, folder);
  if (code === 0 && !hasBrokenFiles(output)) return;
  // npm may have noted broken packages there as installed; without its note the next run starts over.
  rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
  throw new SetupError(`${essenceOf(output)}\n\nThe packages could not be installed: ${explainNpmFailure(output)}`);
};

/**
 * Whether the registry knows a package; throws when that cannot be found out.
 * @param {Npm} npm @param {string} spec @param {string} folder
 */
export const registryHas = async (npm, spec, folder) => {
  const { code, output } = await run(npm, ['view', spec, 'version', '--loglevel=error', '--prefer-online'], folder);
  if (code === 0) return output.trim() !== '';
  if (/\bE404\b/.test(output)) return false;
  throw new SetupError(`${spec}: could not be fetched: ${explainNpmFailure(output)}`);
};

/** @param {Npm} npm @param {readonly string[]} args @param {string} cwd */
const run = async (npm, args, cwd) => {
  let output = '';
  const onOutput = (/** @type {string} */ text) => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  // npm would finish half a minute of unpacking before it obeys; the next run starts over from an empty folder anyway.
  const code = await runToEnd(npm.node, [npm.script, ...args], { cwd, onOutput, endsAtOnce: true });
  return { code, output };
};
