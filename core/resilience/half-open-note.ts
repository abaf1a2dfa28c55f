import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, PRIVATE_MODE, readIfPresent, replaceFile } from '../config/private-files.ts';

const note = z.strictObject({
  /** Ids of models; absent: all. */
  models: z.array(z.string()).optional(),
  reason: z.string().max(200),
  /** Epoch milliseconds after which it means nothing. */
  expiresAt: z.number(),
});

/** What is left for a gateway that cannot be asked: that it is to start half open, for which models and why. */
export type HalfOpenNote = z.output<typeof note>;

/** Leaves the note; it survives the death of whoever wrote it and of whoever is to read it. */
export const leaveNote = async (file: string, what: HalfOpenNote): Promise<void> => {
  await makePrivateFolder(dirname(file));
  await replaceFile(file, PRIVATE_MODE, `${JSON.stringify(what)}\n`);
};

/** The note as far as it holds at `now`; one that cannot be read is none, because it must keep no gateway from starting. */
export const readNote = async (file: string, now: number): Promise<HalfOpenNote | undefined> => {
  try {
    const read = note.safeParse(JSON.parse((await readIfPresent(file)) ?? 'null'));
    return read.success && read.data.expiresAt > now ? read.data : undefined;
  } catch {
    return undefined;
  }
};

/** Takes it away. */
export const removeNote = (file: string): Promise<void> => rm(file, { force: true });
