import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findJava, noJava } from './find-java.ts';
import { getProgram } from './got.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-java-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Later than any that a machine has. */
const FUTURE = 900;

const kit = (version: number, tools: readonly string[] = ['java', 'javac', 'jar']): string => {
  const home = join(root, `jdk-${version}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  for (const tool of tools) {
    const file = join(home, 'bin', tool);
    writeFileSync(file, `#!/bin/sh\necho 'openjdk version "${version}.0.1" 2999-01-01' >&2\n`);
    chmodSync(file, 0o755);
  }
  return home;
};

it('takes the kit that JAVA_HOME names', async () => {
  const home = kit(FUTURE);
  expect(await findJava({ atLeast: FUTURE }, { JAVA_HOME: home })).toEqual({ home, version: FUTURE });
});

it('takes the newest within the range', async () => {
  const older = kit(FUTURE);
  const newer = kit(FUTURE + 1);
  const env = { JAVA_HOME: older, PATH: join(newer, 'bin') };
  expect((await findJava({ atLeast: FUTURE }, env))?.home).toBe(newer);
  expect((await findJava({ atLeast: FUTURE, atMost: FUTURE }, env))?.home).toBe(older);
});

it('passes over a runtime without a compiler', async () => {
  const home = kit(FUTURE, ['java']);
  expect(await findJava({ atLeast: FUTURE }, { JAVA_HOME: home })).toBeUndefined();
});

it('says in one line which kit a program needs', async () => {
  const recipe = {
    ...{ name: 'none', version: '1', source: 'opensearch' },
    fill: () => Promise.reject(new Error('no')),
  };
  expect(noJava({ atLeast: 11, atMost: 17 })).toMatch(/^found no JDK 11 to 17 /);
  expect(await getProgram({ ...recipe, java: { atLeast: FUTURE } }, {})).toEqual({
    state: 'missing',
    why: noJava({ atLeast: FUTURE }),
  });
});

it('says why a program could not be set up, and leaves nothing of it', async () => {
  const recipe = { ...{ name: 'none', version: '1', source: 'opensearch' }, java: { atLeast: FUTURE } };
  const fill = () => Promise.reject(new Error('the disk is full'));
  const env = { JAVA_HOME: kit(FUTURE), XDG_CACHE_HOME: join(root, 'cache') };
  const got = await getProgram({ ...recipe, fill }, env);
  expect(got).toEqual({ state: 'missing', why: 'Error: the disk is full' });
});
