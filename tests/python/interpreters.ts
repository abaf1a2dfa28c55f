import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';

const PROBE = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
const PROBE_MS = 60_000;
/** The oldest that the pinned client supports. */
const OLDEST_MINOR = 10;
const NAMES = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];

/** A Python that really runs and can make virtual environments. */
export interface Interpreter {
  readonly command: string;
  readonly minor: number;
}

/** The newest usable Python of this machine. Each is run: a version manager leaves names on PATH that answer with an error. */
export const findPython = async (env: NodeJS.ProcessEnv): Promise<Interpreter | undefined> => {
  const usable: Interpreter[] = [];
  for (const command of candidates(env)) {
    const { stdout, failed } = await execa(command, ['-c', PROBE], {
      reject: false,
      timeout: PROBE_MS,
      stdin: 'ignore',
    });
    const minor = failed ? undefined : parseMinor(stdout);
    if (minor !== undefined && minor >= OLDEST_MINOR) usable.push({ command, minor });
  }
  return usable.sort((one, other) => other.minor - one.minor)[0];
};

/** The minor version in `3.13`; undefined for anything else. */
export const parseMinor = (output: string): number | undefined => {
  const minor = /^3\.(\d+)$/.exec(output.trim())?.[1];
  return minor === undefined ? undefined : Number(minor);
};

/** Every Python on PATH, and those that pyenv has installed behind the names it puts there. */
export const candidates = (env: NodeJS.ProcessEnv): string[] => {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = folders
    .filter((folder) => basename(folder) !== 'shims')
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const installed = folders.filter((folder) => basename(folder) === 'shims').flatMap(pyenvVersions);
  return [...new Set([...onPath, ...installed])].filter((file) => existsSync(file));
};

const pyenvVersions = (shims: string): string[] => {
  const versions = join(dirname(shims), 'versions');
  return existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin', 'python3')) : [];
};
