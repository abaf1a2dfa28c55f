import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { forwardSignals } from './signals.mjs';

const SETPRIV = '/usr/bin/setpriv';

/** A step that the user interrupted; the program then ends by the same signal, as whoever started it expects. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/**
 * The command that runs `command` so that the kernel ends it when this process dies, however it dies. Elsewhere than on
 * Linux there is no such thing, and the command stays as it is.
 * @param {string} command @param {readonly string[]} args @returns {[string, string[]]}
 */
export const dependent = (command, args) =>
  existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', command, ...args]] : [command, [...args]];

/**
 * Runs a command to its end and answers with its exit code; throws `Interrupted` after a stop signal.
 * @param {string} command @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, onOutput?: (text: string) => void, endsAtOnce?: boolean }} options
 * without `onOutput` it writes to our own terminal; with `endsAtOnce` a stop signal kills it outright
 * @returns {Promise<number>}
 */
export const runToEnd = async (command, args, { cwd, env = process.env, onOutput, endsAtOnce = false }) => {
  const output = onOutput === undefined ? 'inherit' : 'pipe';
  const child = spawn(...dependent(command, args), { cwd, env, stdio: ['ignore', output, output] });
  child.stdout?.setEncoding('utf8').on('data', (text) => onOutput?.(text));
  child.stderr?.setEncoding('utf8').on('data', (text) => onOutput?.(text));
  const stopForwarding = endsAtOnce
    ? forwardSignals({ kill: () => child.kill('SIGKILL') }, { hasTerminal: false })
    : forwardSignals(child);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  }).finally(stopForwarding);
  const interruption = stopForwarding();
  if (interruption !== undefined) throw new Interrupted(interruption);
  return code;
};
