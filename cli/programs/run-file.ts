import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';

/** Programs of others that the supervisor may run. */
export type ProgramName = 'prometheus' | 'alertmanager';

/** What the supervisor leaves in the data folder while such a program runs. */
export type ProgramRun = {
  readonly pid: number;
  readonly url: string;
  readonly program: string;
  readonly startedAt: string;
};

/** `dir` is `dataPaths(data).run`. */
const fileIn = (dir: string, name: ProgramName): string => join(dir, `${name}.json`);

export const announceProgram = (dir: string, name: ProgramName, run: ProgramRun): Promise<void> =>
  replaceFile(fileIn(dir, name), PRIVATE_MODE, `${JSON.stringify(run, null, 2)}\n`);

export const withdrawProgram = (dir: string, name: ProgramName): Promise<void> =>
  rm(fileIn(dir, name), { force: true });

/** Undefined where no supervisor has one. */
export const readProgramRun = (dir: string, name: ProgramName): ProgramRun | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(dir, name), 'utf8')) as ProgramRun; // written by our own supervisor, atomically
  } catch {
    return undefined;
  }
};
