import { fileURLToPath } from 'node:url';
import { runToEnd } from '../cli/setup/child.mjs';
import { findOffline } from './offline.ts';
import { setUpTests } from './set-up.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));

/** `npm run test:offline [-- FILES]`: contract and system tests where nothing but loopback exists; all of them take long. */
const main = async (files: readonly string[]): Promise<number> => {
  const offline = findOffline();
  if ('missing' in offline) {
    console.error(`not run: ${offline.missing}`);
    return 1;
  }
  await setUpTests((line) => console.log(line));
  const projects = ['--project', 'contract', '--project', 'system'];
  const [program = '', ...words] = offline.wrap([process.execPath, VITEST, 'run', ...projects, ...files]);
  return runToEnd(program, words, { cwd: ROOT });
};

process.exitCode = await main(process.argv.slice(2));
