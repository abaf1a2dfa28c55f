import { existsSync } from 'node:fs';
import { execa, type Options } from 'execa';

/** A way to run pip: the program, its first arguments, and what it needs in the environment. */
export interface Pip {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const WAYS: readonly Pip[] = [
  { program: 'python3', arguments: ['-m', 'pip'] },
  { program: 'pip3', arguments: [] },
  { program: 'pip', arguments: [] },
  { program: 'python', arguments: ['-m', 'pip'] },
];

const SETPRIV = '/usr/bin/setpriv';
const PROBE_MS = 30_000;

/** The first pip of this machine that runs; `undefined` when there is none. */
export const findPip = async (env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Pip | undefined> => {
  for (const way of WAYS) {
    const { failed } = await runPip(way, ['--version'], { env, cancelSignal: signal, timeout: PROBE_MS });
    signal.throwIfAborted();
    if (!failed) return way;
  }
  return undefined;
};

/** Runs pip without a shell; on Linux it dies with this process, however that ends. */
export const runPip = (pip: Pip, argumentList: readonly string[], options: Options & { env: NodeJS.ProcessEnv }) => {
  const command = [pip.program, ...pip.arguments, ...argumentList];
  const [program = pip.program, ...rest] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', ...command] : command;
  return execa(program, rest, {
    reject: false,
    extendEnv: false,
    stdin: 'ignore',
    ...options,
    env: { ...options.env, ...pip.env },
  });
};
