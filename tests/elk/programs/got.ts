import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../../../core/config/paths.ts';
import { fillOnce } from '../../cached-folder.ts';
import { commandFailure } from '../../command-failure.ts';
import { tryAgain } from '../../try-again.ts';
import { findJava, type Java, noJava } from './find-java.ts';

/** A program in the cache folder, or why it cannot be had here. */
export type Got =
  | { readonly state: 'cached' | 'built'; readonly folder: string; readonly java: Java }
  | { readonly state: 'missing'; readonly why: string };

export interface Recipe {
  readonly name: string;
  readonly version: string;
  /** A folder under `java/`: a change in any of its files makes a program of its own in the cache. */
  readonly source: string;
  readonly java: { readonly atLeast: number; readonly atMost?: number };
  /** Works in the folder that becomes the program's; `source` is absolute. */
  fill(folder: string, source: string, java: Java, env: NodeJS.ProcessEnv): Promise<void>;
}

/** Sets a Java program up once for every later run. Fails for no reason: it says what is missing. */
export const getProgram = async (recipe: Recipe, env: NodeJS.ProcessEnv = process.env): Promise<Got> => {
  const java = await findJava(recipe.java, env);
  if (java === undefined) return { state: 'missing', why: noJava(recipe.java) };
  const source = fileURLToPath(new URL(`./java/${recipe.source}/`, import.meta.url));
  const folder = join(cacheDir(env), 'java', `${recipe.name}-${recipe.version}-${fingerprint(source)}`);
  if (existsSync(folder)) return { state: 'cached', folder, java };
  try {
    await tryAgain(() => fillOnce(folder, (temporary) => recipe.fill(temporary, source, java, env)));
    return { state: 'built', folder, java };
  } catch (error) {
    return { state: 'missing', why: commandFailure(error) };
  }
};

const fingerprint = (source: string): string => {
  const hash = createHash('sha256');
  for (const name of readdirSync(source).toSorted()) hash.update(name).update(readFileSync(join(source, name)));
  return hash.digest('hex').slice(0, 8);
};
