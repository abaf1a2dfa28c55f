import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { isExecutable } from '../../../cli/programs/find-program.ts';

/** A Java development kit of this machine: `bin/java`, `bin/javac` and `bin/jar` are there. */
export interface Java {
  readonly home: string;
  readonly version: number;
}

interface Range {
  readonly atLeast: number;
  readonly atMost?: number;
}

const INSTALLED = '/usr/lib/jvm';

/** The newest kit whose version is in the range: of JAVA_HOME, PATH, and the folder where distributions put them. */
export const findJava = async (range: Range, env: NodeJS.ProcessEnv): Promise<Java | undefined> => {
  const { atLeast, atMost = Number.POSITIVE_INFINITY } = range;
  const kits = await Promise.all(homesOf(env).map(kitIn));
  return kits
    .filter((kit) => kit !== undefined)
    .filter(({ version }) => version >= atLeast && version <= atMost)
    .toSorted((one, other) => other.version - one.version)[0];
};

/** What to say where `findJava` finds none. */
export const noJava = ({ atLeast, atMost }: Range): string =>
  `found no JDK ${atLeast} ${atMost === undefined ? 'or later' : `to ${atMost}`} on this machine (JAVA_HOME, PATH, ${INSTALLED})`;

const homesOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .filter(isExecutable)
    .map((file) => dirname(dirname(realpathSync(file))));
  const named = env.JAVA_HOME === undefined || env.JAVA_HOME === '' ? [] : [env.JAVA_HOME];
  return [...new Set([...named, ...onPath, ...installed()])];
};

const installed = (): readonly string[] => {
  try {
    return readdirSync(INSTALLED).map((name) => join(INSTALLED, name));
  } catch {
    return [];
  }
};

const kitIn = async (home: string): Promise<Java | undefined> => {
  if (!['java', 'javac', 'jar'].every((name) => isExecutable(join(home, 'bin', name)))) return undefined;
  // A runtime that cannot even say its version is none.
  const said = await execa(join(home, 'bin', 'java'), ['-version'], { reject: false, stdin: 'ignore', all: true });
  const version = /version "(\d+)/.exec(said.all ?? '')?.[1];
  return version === undefined ? undefined : { home, version: Number(version) };
};
