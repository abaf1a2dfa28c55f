import {
  ALERTMANAGER,
  debianDir,
  type PackagedProgram,
  PROMETHEUS,
  placesOf,
} from '../../cli/programs/find-program.ts';

export { debianDir };

/** The programs that tests run, and the Debian package that each one comes from. */
const PROGRAMS = {
  prometheus: PROMETHEUS,
  promtool: { package: 'prometheus', file: 'usr/bin/promtool', onPath: ['promtool'] },
  alertmanager: ALERTMANAGER,
  amtool: { package: 'prometheus-alertmanager', file: 'usr/bin/amtool', onPath: ['amtool'] },
} as const satisfies Record<string, PackagedProgram>;

export type DebianProgram = keyof typeof PROGRAMS;

const PROGRAM_NAMES = ['prometheus', 'promtool', 'alertmanager', 'amtool'] as const satisfies readonly DebianProgram[];

/** The packages that hold them, each once. */
export const DEBIAN_PACKAGES: readonly string[] = [...new Set(Object.values(PROGRAMS).map((row) => row.package))];

/** Whether every program of a package is there already, from the cache or by other means. */
export const hasProgramsOf = (name: string, env: NodeJS.ProcessEnv): boolean =>
  PROGRAM_NAMES.every((program) => PROGRAMS[program].package !== name || debianProgram(program, env) !== undefined);

/**
 * The path of a program that tests need, from the cache or else from PATH; undefined when it is missing, and then the
 * test skips with `missingProgram`.
 */
export const debianProgram = (program: DebianProgram, env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const { inCache, onPath } = placesOf(PROGRAMS[program], env);
  return [...inCache, ...onPath][0];
};

/** What a skipped test says. */
export const missingProgram = (program: DebianProgram): string =>
  `${program} is missing: npm test fetches Debian's ${PROGRAMS[program].package} where apt-get and dpkg-deb are`;
