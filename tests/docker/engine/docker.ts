import { execa } from 'execa';
import type { EngineAddress } from './daemon.ts';

/** What a command of the engine, or one in its network, came to. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Docker {
  /** Runs `docker …`; throws with its own words when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** The same for what may fail. */
  try(...args: readonly string[]): Promise<Said>;
  /** A program of this machine where the engine's ports are published. */
  inNetwork(command: string, args: readonly string[]): Promise<Said>;
}

const COMMAND_MS = 600_000;

/** The client of an engine. */
export const dockerOf = ({ docker, socket, pid, folder }: EngineAddress): Docker => {
  const options = {
    ...({ timeout: COMMAND_MS, stdin: 'ignore', reject: false } as const),
    env: { DOCKER_BUILDKIT: '1', DOCKER_HOST: `unix://${socket}`, HOME: folder, LC_ALL: 'C' },
  };
  const execute = async (command: string, args: readonly string[]): Promise<Said> => {
    const { exitCode, stdout, stderr, failed, shortMessage = '' } = await execa(command, args, options);
    return { code: exitCode ?? (failed ? 1 : 0), stdout, stderr: stderr === '' && failed ? shortMessage : stderr };
  };
  return {
    async run(...args) {
      const { code, stdout, stderr } = await execute(docker, args);
      if (code !== 0)
        throw new Error(`docker ${args.slice(0, 3).join(' ')}: ${stderr.split('\n').slice(-60).join('\n')}`);
      return stdout;
    },
    try: (...args) => execute(docker, args),
    inNetwork: (command, args) => execute('nsenter', [`--net=/proc/${pid}/ns/net`, '--', command, ...args]),
  };
};
