import { spawn } from 'node:child_process';
import { endBy, forwardSignals } from './signals.mjs';

/**
 * Whose copies of a signal the program must expect: the process id of the parent that passes signals on to it. The
 * program compares it with its own parent, so that what it starts in turn does not inherit the claim.
 */
export const LAUNCHER_VARIABLE = 'CLAWDBOT_LAUNCHER';

/**
 * Lets `node` take over from this process with the same terminal: by becoming it where the running Node can (nothing is
 * left in between), else by starting it, passing signals on and ending as it ended.
 * @param {string} node @param {readonly string[]} args @param {NodeJS.ProcessEnv} env
 */
export const handOver = async (node, args, env) => {
  if (canReplaceProcess()) {
    const launcher = env.npm_lifecycle_event === undefined ? undefined : process.ppid;
    process.execve?.(node, [node, ...args], withLauncher(env, launcher));
  }
  const child = spawn(node, args, { stdio: 'inherit', env: withLauncher(env, process.pid) });
  const stopForwarding = forwardSignals(child);
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(stopForwarding);
  if (child.signalCode !== null) endBy(child.signalCode);
  else process.exitCode = child.exitCode ?? 1;
};

/** Node before 22.15 cannot, nor can any on Windows. */
const canReplaceProcess = () => process.platform !== 'win32' && typeof process.execve === 'function';

/** @param {NodeJS.ProcessEnv} env @param {number | undefined} launcher @returns {NodeJS.ProcessEnv} */
const withLauncher = (env, launcher) => {
  const { [LAUNCHER_VARIABLE]: _inherited, ...rest } = env;
  return launcher === undefined ? rest : { ...rest, [LAUNCHER_VARIABLE]: String(launcher) };
};
