import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';

const FETCH_MS = 900_000;
/** `-C`: a file whose checksum is not the repository's is an error. */
const MAVEN = ['-q', '-B', '-C'];
/** Each has a local repository of its own: several run at once, and one of the user's may hold a download that broke off. */
const REPOSITORY = 'maven';
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

/** Brings everything a `pom.xml` requires into `folder`, then holds each file against the sums kept in the tree. */
export const fetchDependencies = async (
  project: string,
  folder: string,
  sums: string,
  env: NodeJS.ProcessEnv,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const options = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
  await maven(project, [`${PLUGIN}:copy-dependencies`, ...options], { folder, env });
  await verify(folder, sums);
};

/** Brings one artefact into `folder` under the name the repository gives it. */
export const fetchArtefact = async (
  artefact: string,
  folder: string,
  sums: string,
  env: NodeJS.ProcessEnv,
): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  await maven(folder, [`${PLUGIN}:copy`, `-Dartifact=${artefact}`, `-DoutputDirectory=${folder}`], { folder, env });
  await verify(folder, sums);
};

const maven = async (
  cwd: string,
  args: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> => {
  const repository = join(folder, '..', REPOSITORY);
  const own = `-Dmaven.repo.local=${repository}`;
  try {
    await execa('mvn', [...MAVEN, own, ...args], { cwd, env, extendEnv: false, timeout: FETCH_MS, stdin: 'ignore' });
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
};

/** What `sha256sum *` prints: a file more, a file less or other bytes are an error that names the file. */
export const verify = async (folder: string, sums: string): Promise<void> => {
  const wanted = new Map(
    readFileSync(sums, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  );
  const found = readdirSync(folder);
  const missing = [...wanted.keys()].filter((name) => !found.includes(name));
  const unknown = found.filter((name) => !wanted.has(name));
  if (missing.length > 0) throw new Error(`${sums} names files that were not fetched: ${missing.join(', ')}`);
  if (unknown.length > 0) throw new Error(`${sums} does not name what was fetched: ${unknown.join(', ')}`);
  for (const [name, sum] of wanted) {
    const actual = await sha256(join(folder, name));
    if (actual !== sum) throw new Error(`${name}: expected SHA-256 ${sum}, got ${actual}; it was not used`);
  }
};

const sha256 = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};
