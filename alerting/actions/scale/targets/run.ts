import { execa } from 'execa';
import type { Run } from './target.ts';

/** A pull of an image takes a while; one that hangs must not hold everything up. */
const TIMEOUT_MS = 120_000;
const LAST_WORDS = 200;

/** Runs a program with these very arguments; nothing reads them as a command line. */
export const runProgram: Run = async (command, args, signal) => {
  const { stdout, stderr, failed, shortMessage } = await execa(command, [...args], {
    ...{ reject: false, stdin: 'ignore', timeout: TIMEOUT_MS, cancelSignal: signal, windowsHide: true },
  });
  if (!failed) return stdout;
  throw new Error(`${shortMessage}: ${stderr.slice(-LAST_WORDS).trim()}`);
};
