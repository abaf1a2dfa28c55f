import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArguments } from './arguments.mjs';
import { Interrupted } from './child.mjs';
import { handOver } from './hand-over.mjs';
import { findNode24 } from './node24.mjs';
import { bringPackages } from './packages.mjs';
import { currentPlatform } from './platform.mjs';
import { SetupError } from './setup-error.mjs';
import { endBy } from './signals.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Sets up what is missing, then lets this project's own Node run what the words ask for.
 * @param {readonly string[]} words
 */
export const run = async (words) => {
  try {
    await setUpAndRun(words);
  } catch (error) {
    if (error instanceof Interrupted) return endBy(error.signal);
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
};

/** @param {readonly string[]} words */
const setUpAndRun = async (words) => {
  const program = parseArguments(words);
  const platform = currentPlatform();
  if (platform.os === 'win32') findNode24({ root: ROOT, platform, running: process });
  await bringPackages(ROOT, (line) => process.stderr.write(`${line}\n`));
  const node = findNode24({ root: ROOT, platform, running: process });
  if (program !== undefined) await handOver(node, [join(ROOT, program.file), ...program.args], process.env);
};
