import { makeFolder } from '../../core/config/private-files.ts';
import type { Config } from '../../core/config/schema.ts';
import { createLoggers, type Logger } from '../../core/telemetry/log.ts';
import type { ChildState, Watching } from '../supervisor/keep-running.ts';
import { superviseProgram } from '../supervisor/program.ts';
import { VERSION } from '../version.ts';
import { createProgramLog } from './program-log.ts';
import { announceProgram, type ProgramName, withdrawProgram } from './run-file.ts';

interface Options {
  readonly name: ProgramName;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly url: string;
  /** `dataPaths(data).run`. */
  readonly runDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** What it logs when it can be asked. */
  readonly isReady: (message: string) => boolean;
  readonly onReady: () => void;
  readonly watching: Omit<Watching, 'onState'>;
  readonly onState: (state: ChildState) => void;
}

export interface RunningProgram {
  /** Has it read its configuration again; what is not running reads it when it starts. */
  reload(): void;
  stop(): Promise<void>;
}

/** Keeps a program of others running, with its log among ours and its address in the data folder. */
export const runProgram = (options: Options): RunningProgram => {
  const { name, program, args, cwd, url, runDir, env, log, isReady, onReady, watching, onState } = options;
  let pid: number | undefined;
  const lines = createProgramLog(log, `${name}.logged`, (message) => {
    if (isReady(message)) onReady();
  });
  const child = superviseProgram({
    ...{ ...watching, file: program, args, cwd },
    // Nothing of ours: the variables may hold settings that are secrets.
    env: { PATH: env.PATH, TMPDIR: env.TMPDIR, TZ: env.TZ },
    onLine: (line) => lines.write(line),
    lastWords: () => lines.takeError(),
    onState(state) {
      onState(state);
      pid = state.kind === 'running' ? state.pid : undefined;
      if (state.kind === 'waiting') log.warn(`${name}.exited`, { labels: { reason: state.reason } });
      if (state.kind !== 'running') return;
      const run = { pid: state.pid, url, program, startedAt: new Date().toISOString() };
      void announceProgram(runDir, name, run).catch((err) => log.warn('run_files.failed', { err }));
    },
  });
  return {
    reload() {
      if (pid !== undefined) process.kill(pid, 'SIGHUP');
    },
    async stop() {
      await child.stop(false);
      await withdrawProgram(runDir, name);
    },
  };
};

/** A log of its own for a program of others. */
export const openProgramLog = async (
  { logging }: Pick<Config, 'logging'>,
  { name, dir, life }: { readonly name: ProgramName; readonly dir: string; readonly life: AsyncDisposableStack },
): Promise<Logger> => {
  await makeFolder(dir);
  const logs = createLoggers({ serviceName: `clawdbot-${name}`, version: VERSION, ...logging, dir });
  life.defer(() => logs.stop());
  return logs.app;
};
