import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../cli/setup/child.mjs';
import { findOffline } from '../offline.ts';
import { pinnedEnvironment } from '../python/environment.ts';

const ENTRY = fileURLToPath(new URL('./schemathesis-inside.ts', import.meta.url));

/** `npm run test:contract-fuzz`: Schemathesis against a real gateway, where nothing but loopback exists. */
const main = async (args: readonly string[]): Promise<number> => {
  const offline = findOffline();
  if ('missing' in offline) return notRun(offline.missing);
  const { install, python } = pinnedEnvironment('schemathesis', './schemathesis.txt');
  const result = await install();
  const program = python();
  if (program === undefined) return notRun(`Schemathesis is missing: ${'why' in result ? result.why : 'no Python'}`);
  const [first = '', ...words] = offline.wrap([process.execPath, ENTRY, program, ...args]);
  return runToEnd(first, words, { cwd: process.cwd() });
};

const notRun = (why: string): number => {
  console.error(`not run: ${why}`);
  return 1;
};

process.exitCode = await main(process.argv.slice(2));
