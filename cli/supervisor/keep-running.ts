import type { ChildProcess } from 'node:child_process';
import { EXIT } from '../../core/errors/exit-codes.ts';

export type ChildState =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'waiting'; readonly restartInMs: number; readonly reason: string }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'ended'; readonly code: number };

/** What is the same for whatever is kept running. */
export interface Watching {
  readonly backoff: { next(): number; reset(): void };
  /** How long a run must last for the next wait to be short again. */
  readonly stableMs: number;
  readonly onState: (state: ChildState) => void;
  /** Given, a process that ended by itself stays down until this calls `release`; answers what forgets about it. */
  readonly hold?: ((release: () => void) => () => void) | undefined;
}

interface Options extends Watching {
  readonly launch: () => ChildProcess;
  /** Whether starting again cannot mend an end with this code. */
  readonly isFinal: (code: number) => boolean;
  /** Asks the process to end. */
  readonly ask: (child: ChildProcess, now: boolean) => void;
  /** How long it may take after that before it is killed; undefined: as long as it likes. */
  readonly graceMs: (now: boolean) => number | undefined;
  /** Of a program whose output is read: the cause as it told it. */
  readonly lastWords?: () => string | undefined;
}

export interface Child {
  /** First call drains, the second ends now; resolves with the exit code. */
  stop(now: boolean): Promise<number>;
  readonly ended: Promise<number>;
}

/** Keeps one process running: starts it again with back-off until it is stopped or says that it is pointless. */
export const keepRunning = (options: Options): Child => {
  const { launch, isFinal, ask, graceMs, backoff, stableMs, onState, lastWords, hold } = options;
  const ended = Promise.withResolvers<number>();
  let current: ChildProcess | undefined;
  let cancelRestart = (): void => undefined;
  let isStopping = false;

  const end = (code: number) => {
    onState({ kind: 'ended', code });
    ended.resolve(code);
  };

  const again = (reason: string) => {
    if (hold !== undefined) {
      onState({ kind: 'held', reason });
      cancelRestart = hold(start);
      return;
    }
    const restartInMs = backoff.next();
    onState({ kind: 'waiting', restartInMs, reason });
    const timer = setTimeout(start, restartInMs);
    cancelRestart = () => clearTimeout(timer);
  };

  const start = () => {
    const startedAt = performance.now();
    const child = launch();
    current = child;
    const over = (code: number | null, how: string) => {
      if (current !== child) return;
      current = undefined;
      if (isStopping || isFinal(code ?? -1)) return end(code ?? EXIT.failed);
      if (performance.now() - startedAt > stableMs) backoff.reset();
      const words = lastWords?.();
      again(words === undefined ? how : `${how} (${words})`);
    };
    // Of a process that runs it is about an order sent while it was just ending, and `exit` says what happened.
    child.on('error', (error) => {
      if (child.pid === undefined) over(null, error.message);
    });
    // `close` comes when its output has been read to the end, too.
    child.once(lastWords === undefined ? 'exit' : 'close', (code, signal) =>
      over(code, signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
    if (child.pid !== undefined) onState({ kind: 'running', pid: child.pid });
  };

  start();
  return {
    ended: ended.promise,
    stop(now) {
      isStopping = true;
      cancelRestart();
      if (current === undefined) end(EXIT.ok);
      else {
        const child = current;
        ask(child, now);
        const grace = graceMs(now);
        if (grace !== undefined) setTimeout(() => child.kill('SIGKILL'), grace).unref();
      }
      return ended.promise;
    },
  };
};
