import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir } from '../../core/config/paths.ts';

/** A program that comes in a Debian package, and what it is called there and elsewhere. */
export interface PackagedProgram {
  readonly package: string;
  /** Its place in the package. */
  readonly file: string;
  readonly onPath: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where packages are unpacked, as `<package>-<version>`, never installed. */
export const debianDir = (env: Environment): string => join(cacheDir(env), 'debian');

/** Every place where a program is, those on PATH under each of its names, the one of the cache with the highest version. */
export const placesOf = (
  program: PackagedProgram,
  env: Environment,
): { readonly onPath: readonly string[]; readonly inCache: readonly string[] } => {
  const folder = unpackedPackage(program.package, debianDir(env));
  const folders = (env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  return {
    onPath: folders.flatMap((place) => program.onPath.map((name) => join(place, name))).filter(isExecutable),
    inCache: (folder === undefined ? [] : [join(folder, program.file)]).filter(isExecutable),
  };
};

/** The folder of a package that is already unpacked: the one of the highest version. */
const unpackedPackage = (name: string, dir: string): string | undefined => {
  const versions = entriesOf(dir).filter(
    (entry) => entry.startsWith(`${name}-`) && /^\d/.test(entry.slice(name.length + 1)),
  );
  const newest = versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  return newest === undefined ? undefined : join(dir, newest);
};

const entriesOf = (dir: string): readonly string[] => {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
};

/** Whether a file is there that this user may run. */
export const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const PROMETHEUS: PackagedProgram = {
  package: 'prometheus',
  file: 'usr/bin/prometheus',
  onPath: ['prometheus'],
};

export const ALERTMANAGER: PackagedProgram = {
  package: 'prometheus-alertmanager',
  file: 'usr/bin/prometheus-alertmanager',
  onPath: ['prometheus-alertmanager', 'alertmanager'],
};

/** A program of this machine: one that somebody installed, and keeps patched, before one in the cache. */
export const findProgram = (program: PackagedProgram, env: Environment): string | undefined => {
  const { onPath, inCache } = placesOf(program, env);
  return [...onPath, ...inCache][0];
};
