import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cacheDir } from '../../core/config/paths.ts';
import { fillOnce } from '../cached-folder.ts';
import { commandFailure } from '../command-failure.ts';
import { findPython } from './interpreters.ts';

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const INSTALL_MS = 600_000;
const DIGITS = 12;

/** What a skipped test says. */
export const MISSING_PYTHON_CLIENT =
  'the official OpenAI client for Python is missing: npm test installs it into the cache folder where Python >= 3.10 with venv is';

/** The Python of the virtual environment that holds the pinned OpenAI client; undefined when there is none. */
export const pythonWithOpenai = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const parent = pythonDir(env);
  const ready = existsSync(parent) ? readdirSync(parent).filter((entry) => entry.startsWith(prefix())) : [];
  return ready.map((entry) => join(parent, entry, 'bin', 'python')).find((file) => existsSync(file));
};

/** What became of the environment; `missing` says why. */
export type PythonClient =
  | { readonly state: 'cached' | 'installed' }
  | { readonly state: 'missing'; readonly why: string };

/** Makes that environment in the cache folder, of exactly the pinned packages. Fails for no reason; tests skip. */
export const installPythonClient = async (env: NodeJS.ProcessEnv = process.env): Promise<PythonClient> => {
  if (pythonWithOpenai(env) !== undefined) return { state: 'cached' };
  const python = await findPython(env);
  if (python === undefined)
    return { state: 'missing', why: 'found no Python >= 3.10 that can make a virtual environment' };
  try {
    const folder = join(pythonDir(env), `${prefix()}py3.${python.minor}`);
    await fillOnce(folder, (temporary) => install(python.command, temporary));
    return { state: 'installed' };
  } catch (error) {
    return { state: 'missing', why: commandFailure(error) };
  }
};

const install = async (python: string, folder: string): Promise<void> => {
  const options = { timeout: INSTALL_MS, stdin: 'ignore' } as const;
  await execa(python, ['-m', 'venv', '--clear', folder], options);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--only-binary=:all:',
    '--require-hashes',
  ];
  await execa(join(folder, 'bin', 'python'), [...pip, '--requirement', REQUIREMENTS], options);
};

const pythonDir = (env: NodeJS.ProcessEnv): string => join(cacheDir(env), 'python');

/** Other pins, another environment. */
const prefix = (): string =>
  `openai-${createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, DIGITS)}-`;
