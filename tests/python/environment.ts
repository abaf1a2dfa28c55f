import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cacheDir } from '../../core/config/paths.ts';
import { fillOnce } from '../cached-folder.ts';
import { commandFailure } from '../command-failure.ts';
import { findPython } from './interpreters.ts';

const INSTALL_MS = 600_000;
const DIGITS = 12;

/** What became of an environment; `missing` says why. */
export type PythonClient =
  | { readonly state: 'cached' | 'installed' }
  | { readonly state: 'missing'; readonly why: string };

/** A virtual environment in the cache folder that holds exactly what a file of hashes pins. */
export interface PinnedEnvironment {
  /** Its Python; undefined when it is not there. */
  python(env?: NodeJS.ProcessEnv): string | undefined;
  /** Makes it where it can be made; never fails. */
  install(env?: NodeJS.ProcessEnv): Promise<PythonClient>;
}

/** The environment of a file beside this one. */
export const pinnedEnvironment = (name: string, requirementsFile: string): PinnedEnvironment => {
  const requirements = fileURLToPath(new URL(requirementsFile, import.meta.url));
  // Other pins, another environment.
  const prefix = () =>
    `${name}-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, DIGITS)}-`;

  const python = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
    const parent = pythonDir(env);
    const ready = existsSync(parent) ? readdirSync(parent).filter((entry) => entry.startsWith(prefix())) : [];
    return ready.map((entry) => join(parent, entry, 'bin', 'python')).find((file) => existsSync(file));
  };

  const install = async (env: NodeJS.ProcessEnv = process.env): Promise<PythonClient> => {
    if (python(env) !== undefined) return { state: 'cached' };
    const found = await findPython(env);
    if (found === undefined)
      return { state: 'missing', why: 'found no Python >= 3.10 that can make a virtual environment' };
    try {
      const folder = join(pythonDir(env), `${prefix()}py3.${found.minor}`);
      await fillOnce(folder, (temporary) => fill(found.command, temporary, requirements));
      return { state: 'installed' };
    } catch (error) {
      return { state: 'missing', why: commandFailure(error) };
    }
  };

  return { python, install };
};

const PIP = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--only-binary=:all:',
  '--require-hashes',
];

const fill = async (python: string, folder: string, requirements: string): Promise<void> => {
  const options = { timeout: INSTALL_MS, stdin: 'ignore' } as const;
  await execa(python, ['-m', 'venv', '--clear', folder], options);
  await execa(join(folder, 'bin', 'python'), [...PIP, '--requirement', requirements], options);
};

const pythonDir = (env: NodeJS.ProcessEnv): string => join(cacheDir(env), 'python');
