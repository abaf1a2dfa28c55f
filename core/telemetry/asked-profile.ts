import { type FSWatcher, watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DataPaths } from '../config/paths.ts';
import { PRIVATE_MODE, readIfPresent, replaceFile } from '../config/private-files.ts';
import { type AnnouncedName, readProcessRun } from '../config/run-file.ts';
import { ServiceError, toServiceError } from '../errors/service-error.ts';
import { recordCpuProfile } from './cpu-profile.ts';

type Paths = Pick<DataPaths, 'run' | 'profiles'>;

interface Question {
  readonly seconds: number;
}

type Answer = { readonly file: string } | { readonly error: string };

// A process beside the gateway has no route that changes anything, an inspector port would be open to everybody on the
// machine, and a signal could meet whoever has the id of a process that is gone: who may write into the folder may ask.
const questionIn = ({ run }: Paths, name: AnnouncedName): string => join(run, `${name}.profile-asked.json`);
const answerIn = ({ run }: Paths, name: AnnouncedName): string => join(run, `${name}.profile-done.json`);

/** Writes a CPU profile of this process whenever `askProfile` wants one; answers what ends that. */
export const answerProfiles = (name: AnnouncedName, paths: Paths): (() => Promise<void>) => {
  const ending = new AbortController();
  let answering: Promise<void> = Promise.resolve();
  const answer = async (): Promise<void> => {
    const question = await readIfPresent(questionIn(paths, name));
    if (question === undefined) return;
    await rm(questionIn(paths, name), { force: true });
    // Safe: our own command line wrote it.
    const { seconds } = JSON.parse(question) as Question;
    const file = join(paths.profiles, `${name}-${new Date().toISOString().replace(/[-:.]/g, '')}.cpuprofile`);
    const said: Answer = await recordCpuProfile({ seconds, file, signal: ending.signal }).then(
      () => ({ file }),
      (error) => ({ error: toServiceError(error).message }),
    );
    await replaceFile(answerIn(paths, name), PRIVATE_MODE, JSON.stringify(said));
  };
  const look = (): void => {
    // Whoever asked sees no answer, and says so.
    answering = answering.then(answer).catch(() => undefined);
  };
  const watching = watchFor(basename(questionIn(paths, name)), paths.run, look);
  return async () => {
    watching?.close();
    ending.abort();
    await answering;
  };
};

/** Undefined where the system has no room for one more watch: nobody is profiled then, and all else goes on. */
const watchFor = (file: string, dir: string, onChange: () => void): FSWatcher | undefined => {
  try {
    const watcher = watch(dir, { persistent: false }, (_event, changed) => {
      if (changed === file) onChange();
    });
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined;
  }
};

interface Ask {
  readonly name: AnnouncedName;
  readonly paths: Paths;
  readonly seconds: number;
  /** How long after the end of the profile its file may take. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

/** Has a process beside the gateway write a CPU profile of itself; answers its file. */
export const askProfile = async ({ name, paths, seconds, patienceMs = PATIENCE_MS }: Ask): Promise<string> => {
  const run = readProcessRun(paths.run, name);
  const fail = (got: string) =>
    new ServiceError('ERR_HTTP_INTERNAL', `profile: expected a running process ${name}, got ${got}`);
  if (run === undefined) throw fail('none');
  await rm(answerIn(paths, name), { force: true });
  await replaceFile(questionIn(paths, name), PRIVATE_MODE, JSON.stringify({ seconds } satisfies Question));
  const deadline = performance.now() + seconds * 1000 + patienceMs;
  while (performance.now() < deadline) {
    const text = await readIfPresent(answerIn(paths, name));
    if (text === undefined) await wait(LOOK_MS);
    else {
      await rm(answerIn(paths, name), { force: true });
      // Safe: `answerProfiles` wrote it.
      const answer = JSON.parse(text) as Answer;
      if ('file' in answer) return answer.file;
      throw fail(`one that says: ${answer.error}`);
    }
  }
  throw fail('one that does not answer');
};
