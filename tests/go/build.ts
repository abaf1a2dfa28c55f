import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cacheDir } from '../../core/config/paths.ts';
import { fillOnce } from '../cached-folder.ts';
import { commandFailure } from '../command-failure.ts';
import { tryAgain } from '../try-again.ts';

/** Programs that no package of Debian has in this version: each is a folder beside this file, a module that requires it. */
const PROGRAMS = {
  prometheus: { version: '3.5.0', package: 'github.com/prometheus/prometheus/cmd/prometheus' },
  'docker-compose': { version: '2.40.3', package: 'github.com/docker/compose/v2/cmd' },
  filebeat: { version: '7.17.29', package: 'github.com/elastic/beats/v7/filebeat' },
} as const;

export type GoProgram = keyof typeof PROGRAMS;

export type Built =
  | { readonly state: 'built' | 'cached'; readonly file: string }
  | { readonly state: 'missing'; readonly why: string };

/** Compiles and fetches: minutes on two cores. */
const BUILD_MS = 900_000;
const MODULES = fileURLToPath(new URL('./', import.meta.url));

/** The place of a program in the cache folder, whether it is there or not. */
export const goProgramFile = (name: GoProgram, env: NodeJS.ProcessEnv): string =>
  join(cacheDir(env), 'go', `${name}-${PROGRAMS[name].version}`, name);

/** Builds a program once for every later run, with what `go.sum` pins. Needs nothing but Go; says what is missing. */
export const buildGoProgram = async (name: GoProgram, env: NodeJS.ProcessEnv = process.env): Promise<Built> => {
  const file = goProgramFile(name, env);
  if (existsSync(file)) return { state: 'cached', file };
  try {
    await execa('go', ['version'], { env, extendEnv: false });
    await tryAgain(() => fillOnce(join(file, '..'), (folder) => build(name, folder, env)));
    return { state: 'built', file };
  } catch (error) {
    return { state: 'missing', why: commandFailure(error) };
  }
};

/** In a copy, because Go writes what it resolved into `go.mod`. */
const build = async (name: GoProgram, folder: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const source = join(folder, 'source');
  await cp(join(MODULES, name), source, { recursive: true });
  await execa(
    'go',
    ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(folder, name), PROGRAMS[name].package],
    {
      ...{ cwd: source, timeout: BUILD_MS, stdin: 'ignore', extendEnv: false },
      env: { ...env, CGO_ENABLED: '0', LC_ALL: 'C' },
    },
  );
};
