import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from './private-files.ts';

/** Processes of ours beside the gateway that tell where they answer. */
export const ANNOUNCED_NAMES = ['actions', 'anomaly', 'collectors'] as const;
export type AnnouncedName = (typeof ANNOUNCED_NAMES)[number];

/** What such a process leaves in the data folder while it runs. */
export interface ProcessRun {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}

const fileIn = (dir: string, name: AnnouncedName): string => join(dir, `${name}.json`);

/** Tells other programs of this machine where the process answers (`dir` is `dataPaths(data).run`); resolves with what withdraws it. */
export const announceProcess = async (
  dir: string,
  name: AnnouncedName,
  run: ProcessRun,
): Promise<() => Promise<void>> => {
  await makePrivateFolder(dir);
  const file = fileIn(dir, name);
  await replaceFile(file, PRIVATE_MODE, `${JSON.stringify(run, null, 2)}\n`);
  return () => rm(file, { force: true });
};

/** Undefined where none has announced itself, or was stopped as it should be. */
export const readProcessRun = <Run extends ProcessRun>(dir: string, name: AnnouncedName): Run | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(dir, name), 'utf8')) as Run; // written by our own process, atomically
  } catch {
    return undefined;
  }
};
