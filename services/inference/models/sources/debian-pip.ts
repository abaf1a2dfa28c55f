import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../../../../core/config/paths.ts';
import type { WayOut } from '../../../../core/egress/way-out.ts';
import type { Pip } from './pip.ts';

const STEP_MS = 300_000;
const DOWNLOAD = { purpose: 'model-download', dataClass: 'none' } as const;

/**
 * On Debian as root, without pip: unpacks what `apt-get install python3-pip` would install into the cache folder and
 * runs it from there, so that the machine itself stays as it is. `undefined` where that is not possible. apt connects by
 * itself to the sources the machine is set up for; all that is done about it is to write it down.
 */
export const fetchDebianPip = async (
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  out: Pick<WayOut, 'noteProgram'>,
): Promise<Pip | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const root = join(cacheDir(env), 'debian', 'python3-pip');
  if (!(await exists(root))) out.noteProgram({ ...DOWNLOAD, program: 'apt-get' }, "the machine's apt sources");
  if (!(await exists(root)) && !(await unpackInto(root, env, signal))) return undefined;
  return pipIn(root);
};

const unpackInto = async (root: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<boolean> => {
  const folder = `${root}.${process.pid}.part`;
  const run = (program: string, argumentList: readonly string[]) =>
    execa(program, argumentList, {
      cwd: folder,
      env,
      extendEnv: false,
      cancelSignal: signal,
      timeout: STEP_MS,
      reject: false,
    });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await run('apt-get', ['update', '-qq']);
    const plan = await run('apt-get', [
      'install',
      '--print-uris',
      '-qq',
      '-y',
      '--no-install-recommends',
      'python3-pip',
    ]);
    const packages = plannedPackages(String(plan.stdout ?? ''));
    if (plan.failed || packages.length === 0) return false;
    const fetched = await run('apt-get', ['download', '-qq', ...packages]);
    if (fetched.failed) return false;
    for (const name of await readdir(folder)) {
      if (name.endsWith('.deb') && (await run('dpkg-deb', ['-x', name, 'root'])).failed) return false;
    }
    await rename(join(folder, 'root'), root);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Package names in the answer of `apt-get install --print-uris`: `'http://…' python3-pip_23.0.1_all.deb 1325216 SHA256:…`. */
export const plannedPackages = (plan: string): readonly string[] =>
  [...plan.matchAll(/^'[^']+' ([a-z0-9][a-z0-9.+-]*)_\S+\.deb /gm)].map((match) => match[1] ?? '').filter(Boolean);

const pipIn = async (root: string): Promise<Pip> => {
  const usr = join(root, 'usr');
  const unpacked = join(usr, 'bin', 'python3');
  const hasPython = await exists(unpacked);
  const folders = [...(await subfolders(join(usr, 'lib'))), ...(await subfolders(join(root, 'lib')))];
  const libraries = folders.filter((path) => path.endsWith('-linux-gnu'));
  return {
    program: hasPython ? unpacked : '/usr/bin/python3',
    arguments: ['-m', 'pip'],
    env: {
      PYTHONPATH: join(usr, 'lib', 'python3', 'dist-packages'),
      ...(hasPython ? { PYTHONHOME: usr, LD_LIBRARY_PATH: libraries.join(':') } : {}),
    },
  };
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const subfolders = async (path: string): Promise<string[]> =>
  (await readdir(path).catch(() => [])).map((name) => join(path, name));
