import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir } from '../../core/config/paths.ts';

/** The programs that tests run, and the Debian package that each one comes from. */
const PROGRAMS = {
  prometheus: { package: 'prometheus', file: 'usr/bin/prometheus', onPath: ['prometheus'] },
  promtool: { package: 'prometheus', file: 'usr/bin/promtool', onPath: ['promtool'] },
  alertmanager: {
    package: 'prometheus-alertmanager',
    file: 'usr/bin/prometheus-alertmanager',
    onPath: ['prometheus-alertmanager', 'alertmanager'],
  },
  amtool: { package: 'prometheus-alertmanager', file: 'usr/bin/amtool', onPath: ['amtool'] },
} as const;

export type DebianProgram = keyof typeof PROGRAMS;

const PROGRAM_NAMES = ['prometheus', 'promtool', 'alertmanager', 'amtool'] as const satisfies readonly DebianProgram[];

/** The packages that hold them, each once. */
export const DEBIAN_PACKAGES: readonly string[] = [...new Set(Object.values(PROGRAMS).map((row) => row.package))];

/** Whether every program of a package is there already, from the cache or by other means. */
export const hasProgramsOf = (name: string, env: NodeJS.ProcessEnv): boolean =>
  PROGRAM_NAMES.every((program) => PROGRAMS[program].package !== name || debianProgram(program, env) !== undefined);

/** Where packages are unpacked, as `<package>-<version>`. */
export const debianDir = (env: NodeJS.ProcessEnv): string => join(cacheDir(env), 'debian');

/** The folder of a package that is already unpacked: the one of the highest version. */
export const unpackedPackage = (name: string, dir: string): string | undefined => {
  if (!existsSync(dir)) return undefined;
  const versions = readdirSync(dir).filter(
    (entry) => entry.startsWith(`${name}-`) && /^\d/.test(entry.slice(name.length + 1)),
  );
  const newest = versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  return newest === undefined ? undefined : join(dir, newest);
};

/**
 * The path of a program that tests need, from the cache or else from PATH; undefined when it is missing, and then the
 * test skips with `missingProgram`.
 */
export const debianProgram = (program: DebianProgram, env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const row = PROGRAMS[program];
  const folder = unpackedPackage(row.package, debianDir(env));
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((place) => row.onPath.map((name) => join(place, name)));
  return [...(folder === undefined ? [] : [join(folder, row.file)]), ...onPath].find(isExecutable);
};

/** What a skipped test says. */
export const missingProgram = (program: DebianProgram): string =>
  `${program} is missing: npm test fetches Debian's ${PROGRAMS[program].package} where apt-get and dpkg-deb are`;

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
