import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ALERTMANAGER, placesOf } from '../../cli/programs/find-program.ts';
import { fillOnce } from '../cached-folder.ts';
import { commandFailure } from '../command-failure.ts';
import { DEBIAN_PACKAGES, debianDir, hasProgramsOf } from './programs.ts';
import { relocateAlertmanager } from './relocate.ts';

const FETCH_MS = 600_000;

/** What became of one package; `missing` says why. */
export type Fetched = { readonly name: string } & (
  | { readonly state: 'cached' | 'fetched' }
  | { readonly state: 'missing'; readonly why: string }
);

/**
 * Brings the Debian packages that tests need into the cache folder: downloaded and unpacked, never installed, so that no
 * service starts and no file of the machine changes. Fails for no reason; tests skip what is missing.
 */
export const fetchDebianPrograms = async (env: NodeJS.ProcessEnv = process.env): Promise<Fetched[]> => {
  const results: Fetched[] = [];
  for (const name of DEBIAN_PACKAGES) results.push(await fetchPackage(name, env, hasProgramsOf(name, env)));
  placesOf(ALERTMANAGER, env).inCache.forEach(relocateAlertmanager);
  return results;
};

/** One package, unless it is there. */
export const fetchPackage = async (name: string, env: NodeJS.ProcessEnv, isThere: boolean): Promise<Fetched> => {
  if (isThere) return { name, state: 'cached' };
  const dir = debianDir(env);
  mkdirSync(dir, { recursive: true });
  const temporary = mkdtempSync(join(dir, '.download.'));
  try {
    const file = await download(name, temporary, dir);
    const folder = join(dir, `${name}-${versionIn(file, name)}`);
    await fillOnce(folder, async (target) => {
      await run('dpkg-deb', ['-x', join(temporary, file), target], temporary);
    });
    return { name, state: 'fetched' };
  } catch (error) {
    return { name, state: 'missing', why: commandFailure(error) };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

/** The machine's own package lists first; where they are absent or stale, lists of our own in the cache folder. */
const download = async (name: string, cwd: string, dir: string): Promise<string> => {
  try {
    await run('apt-get', ['download', name], cwd);
  } catch {
    const own = ownLists(dir);
    await run('apt-get', [...own, 'update'], cwd);
    await run('apt-get', [...own, 'download', name], cwd);
  }
  const file = readdirSync(cwd).find((entry) => entry.endsWith('.deb'));
  if (file === undefined) throw new Error(`apt-get download ${name}: expected a .deb file, found none`);
  return file;
};

/** Options that keep apt's state away from the machine's, so that no root is needed and nothing there changes. */
const ownLists = (dir: string): string[] => {
  const lists = join(dir, '.apt', 'lists');
  const cache = join(dir, '.apt', 'cache');
  for (const folder of [lists, cache]) mkdirSync(join(folder, 'partial'), { recursive: true });
  return ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
};

/** `prometheus_2.42.0+ds-5_amd64.deb` holds 2.42.0+ds-5; apt writes the colon of an epoch as %3a. */
const versionIn = (file: string, name: string): string =>
  decodeURIComponent(file.slice(name.length + 1, file.lastIndexOf('_'))).replaceAll(':', '_');

const run = (command: string, args: readonly string[], cwd: string) =>
  execa(command, args, { cwd, timeout: FETCH_MS, stdin: 'ignore', env: { LC_ALL: 'C' } });
