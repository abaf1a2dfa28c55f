import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { Clock } from './clock.ts';
import type { ReadFailure } from './reader.ts';

/** How a program ended. */
export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  /** It could not be started. */
  | { readonly kind: 'missing'; readonly detail: string; readonly isForbidden?: boolean };

export interface RunningProgram {
  /** Settles when the process is gone; never where the kernel cannot end it. */
  readonly ended: Promise<ProgramEnd>;
  /** SIGKILL: what hangs in a driver does not answer to less. */
  kill(): void;
}

export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Starts a program without a shell; handed in so that a test can play one. */
export type StartProgram = (command: string, args: readonly string[], output: Output) => RunningProgram;

/** A grandchild may hold the pipe of a process that is gone. */
const PIPE_GRACE_MS = 200;

export const startProgram: StartProgram = (command, args, output) => {
  const running = execa(command, [...args], {
    ...{ buffer: false, reject: false, stdin: 'ignore', windowsHide: true, forceKillAfterDelay: false },
    env: { LC_ALL: 'C', LANG: 'C' },
  });
  const child = running.nodeChildProcess;
  const ended = Promise.withResolvers<ProgramEnd>();
  running.stdout.setEncoding('utf8').on('data', output.stdout);
  running.stderr.setEncoding('utf8').on('data', output.stderr);
  child.once('exit', (code, signal) => {
    const settle = (): void => {
      running.stdout.destroy();
      running.stderr.destroy();
      ended.resolve(signal === null ? { kind: 'exited', code: code ?? -1 } : { kind: 'signal', signal });
    };
    child.once('close', settle);
    setTimeout(settle, PIPE_GRACE_MS).unref();
  });
  void running.then((result) => {
    if (child.pid !== undefined) return;
    const isForbidden = result.code === 'EACCES' || result.code === 'EPERM';
    ended.resolve({ kind: 'missing', detail: result.shortMessage ?? 'cannot be started', isForbidden });
  });
  return { ended: ended.promise, kill: () => void child.kill('SIGKILL') };
};

/** Whether there is a program of this name or path: cheaper than to start it and see. */
export const isInstalled = (command: string, path = process.env.PATH ?? ''): boolean => {
  if (/[\\/]/.test(command) || process.platform === 'win32') return true;
  return path.split(delimiter).some((folder) => existsSync(join(folder, command)));
};

/** What a program said and how it ended, or why there is nothing to read. */
export type ProgramRun =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'failed'; readonly reason: ReadFailure; readonly detail: string };

const MAX_OUTPUT = 4 * 1024 * 1024;

/** Runs one program at a time, and none while an earlier one cannot be ended. */
export class ProgramRunner {
  readonly #start: StartProgram;
  readonly #clock: Clock;
  #running: RunningProgram | undefined;

  constructor(start: StartProgram, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Settles by the deadline, whatever the program does. */
  run(command: string, args: readonly string[], deadlineMs: number): Promise<ProgramRun> {
    const name = `${command} ${args[0] ?? ''}`.trim();
    if (this.#running !== undefined) {
      return Promise.resolve(failed('stuck', `${name}: an earlier run has not ended, although it was killed`));
    }
    return new Promise((resolve) => {
      let stdout = '';
      let stderr = '';
      const program = this.#start(command, args, {
        stdout: (text) => {
          stdout += text;
          if (stdout.length > MAX_OUTPUT) give(failed('flood', `${name}: more than ${MAX_OUTPUT} characters`));
        },
        stderr: (text) => {
          if (stderr.length < MAX_OUTPUT) stderr += text;
        },
      });
      this.#running = program;
      const cancel = this.#clock.after(deadlineMs, () =>
        give(failed('deadline', `${name}: no answer within ${deadlineMs} ms; killed`)),
      );
      const give = (run: ProgramRun): void => {
        cancel();
        if (run.kind === 'failed') program.kill();
        resolve(run);
      };
      void program.ended.then((end) => {
        this.#running = undefined;
        give(runOf(end, name, stdout, stderr));
      });
    });
  }

  /** Ends what runs, without waiting for it. */
  stop(): void {
    this.#running?.kill();
  }
}

const runOf = (end: ProgramEnd, name: string, stdout: string, stderr: string): ProgramRun => {
  if (end.kind === 'exited') return { kind: 'exited', code: end.code, stdout, stderr };
  return { kind: 'failed', ...failureOfEnd(end, name) };
};

/** Why a program that did not exit by itself has nothing to say. */
export const failureOfEnd = (
  end: Exclude<ProgramEnd, { kind: 'exited' }>,
  name: string,
): { readonly reason: ReadFailure; readonly detail: string } =>
  end.kind === 'signal'
    ? { reason: 'signal', detail: `${name}: ended by ${end.signal}` }
    : { reason: end.isForbidden === true ? 'permission' : 'missing', detail: `${name}: ${end.detail}` };

const failed = (reason: ReadFailure, detail: string): ProgramRun => ({ kind: 'failed', reason, detail });
