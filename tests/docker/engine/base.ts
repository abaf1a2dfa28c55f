import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { findNpm } from '../../../cli/setup/npm.mjs';
import { cacheDir } from '../../../core/config/paths.ts';
import { fillOnce } from '../../cached-folder.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';
const MINUTES = 60_000;

/** What stands for `BASE` and `BUILD_BASE`, which no registry gives out here: as archives that `docker import` takes. */
export interface BaseFiles {
  /** Debian, with tini. */
  readonly system: string;
  /** npm with the Node that runs it, and every package of the lock that an image needs: a build needs no network. */
  readonly npm: string;
}

/** Makes them once for every later run with the same lock. */
export const makeBaseFiles = async (debootstrap: string, env: NodeJS.ProcessEnv = process.env): Promise<BaseFiles> => {
  const dir = join(cacheDir(env), 'docker');
  const system = await fillOnce(join(dir, `debian-${SUITE}`), (folder) => makeSystem(debootstrap, folder));
  const project = mkdtempSync(join(tmpdir(), 'clawdbot-packages-'));
  await execa(process.execPath, ['deploy/docker/select-packages.mjs', 'service', 'cpu', project], { cwd: ROOT });
  const lock = createHash('sha256')
    .update(readFileSync(join(project, 'package-lock.json')))
    .digest('hex');
  try {
    const npm = await fillOnce(join(dir, `npm-${lock.slice(0, 12)}`), (folder) => makeNpm(project, folder));
    return { system: join(system, 'system.tar'), npm: join(npm, 'npm.tar') };
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
};

/** In memory, because a package manager that makes sure of every file takes minutes on a disk that others use. */
const makeSystem = async (debootstrap: string, folder: string): Promise<void> => {
  const place = mkdtempSync(join(tmpdir(), 'clawdbot-debootstrap-'));
  const script =
    'mount -t tmpfs -o mode=0755 tmpfs "$1" && "$2" --variant=minbase --include=tini "$3" "$1" "$4" && tar -C "$1" -cf "$5" .';
  try {
    await execa(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', place, debootstrap, SUITE, MIRROR, join(folder, 'system.tar')],
      {
        ...{ timeout: 15 * MINUTES, stdin: 'ignore' },
        env: { LC_ALL: 'C', DEBOOTSTRAP_DIR: join(dirname(debootstrap), '..', 'share', 'debootstrap') },
      },
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
};

const makeNpm = async (project: string, folder: string): Promise<void> => {
  const npm = findNpm(process.env);
  if (npm === undefined) throw new Error('found no npm on this machine');
  const tree = join(folder, 'tree');
  const cache = join(tree, 'var', 'cache', 'npm');
  for (const dir of [cache, join(tree, 'usr', 'bin'), join(tree, 'usr', 'lib', 'node_modules')]) {
    mkdirSync(dir, { recursive: true });
  }
  await execa(npm.node, [npm.script, 'ci', '--cache', cache, '--prefer-offline'], {
    ...{ cwd: project, timeout: 15 * MINUTES, stdin: 'ignore' },
  });
  cpSync(join(dirname(npm.script), '..'), join(tree, 'usr', 'lib', 'node_modules', 'npm'), { recursive: true });
  copyFileSync(realpathSync(npm.node), join(tree, 'usr', 'bin', 'node'));
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(tree, 'usr', 'bin', 'npm'));
  await execa('tar', ['-C', tree, '-cf', join(folder, 'npm.tar'), '.']);
  rmSync(tree, { recursive: true });
};
