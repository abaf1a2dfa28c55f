import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder, makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import { configOf } from './compose-engine.ts';
import type { DeployState, Release } from './machine.ts';
import { STEPS } from './machine.ts';

const release = z.object({ version: z.string(), variant: z.string(), config: z.string() });
const schema = z.object({
  current: release.optional(),
  previous: release.optional(),
  underWay: z.object({ target: release, step: z.enum(STEPS), isRollback: z.boolean() }).optional(),
  failure: z.string().optional(),
});

/** Read by another user in a container, so not private; a configuration names files with secrets and holds none. */
const READABLE = 0o644;

const fileIn = (dir: string): string => join(dir, 'state.json');

/** What is deployed, as kept in a folder; nothing where nobody deployed yet. */
export const readDeployState = (dir: string): DeployState => {
  let text: string;
  try {
    text = readFileSync(fileIn(dir), 'utf8');
  } catch {
    return {};
  }
  // Safe: the schema has the same fields; absent ones are absent in both.
  return schema.parse(JSON.parse(text)) as DeployState;
};

/** Replaces it at once, so that a crash leaves the old or the new one. */
export const saveDeployState = async (dir: string, state: DeployState): Promise<void> => {
  await makePrivateFolder(dir);
  await replaceFile(fileIn(dir), PRIVATE_MODE, `${JSON.stringify(state, null, 2)}\n`);
};

/** Keeps the configuration that a release is deployed with: going back to it later means this one. */
export const keepRelease = async (
  dir: string,
  { version, variant, file }: { readonly version: string; readonly variant: string; readonly file: string },
): Promise<Release> => {
  const text = readFileSync(file, 'utf8');
  const config = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const kept = { version, variant, config };
  const place = configOf(dir, kept);
  await makePrivateFolder(dir);
  for (const folder of [join(dir, 'releases'), join(place, '..')]) await makeFolder(folder);
  await replaceFile(place, READABLE, text);
  return kept;
};
