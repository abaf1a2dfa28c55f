import { type ChildProcess, fork } from 'node:child_process';
import { EXIT } from '../../core/errors/exit-codes.ts';

export type ChildState =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'waiting'; readonly restartInMs: number; readonly reason: string }
  | { readonly kind: 'ended'; readonly code: number };

/** What every process of ours is told to end with. */
interface StopOrder {
  readonly type: 'stop';
  readonly now: boolean;
}

interface Options<Report> {
  readonly name: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly backoff: { next(): number; reset(): void };
  /** How long a run must last for the next wait to be short again. */
  readonly stableMs: number;
  readonly onReport: (report: Report) => void;
  readonly onState: (state: ChildState) => void;
}

export interface Child {
  /** First call drains, the second ends now; resolves with the exit code. */
  stop(now: boolean): Promise<number>;
  readonly ended: Promise<number>;
}

/** Exit codes that starting again cannot mend. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  EXIT.ok,
  EXIT.config,
  EXIT.unavailable,
  EXIT.cannotCreate,
  EXIT.usage,
]);
const KILL_GRACE_MS = 2000;

/** Keeps one process of ours running: starts it again with back-off until it is stopped or says that it is pointless. */
export const superviseChild = <Report>(options: Options<Report>): Child => {
  const ended = Promise.withResolvers<number>();
  let current: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let isStopping = false;

  const end = (code: number) => {
    options.onState({ kind: 'ended', code });
    ended.resolve(code);
  };

  const start = () => {
    const startedAt = performance.now();
    const child = fork(options.entry, [...options.args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    current = child;
    child.on('message', (message) => options.onReport(message as Report)); // our own program at the other end
    child.on('error', () => undefined); // an order sent to a process that is just ending; `exit` says what happened
    child.once('exit', (code, signal) => {
      current = undefined;
      if (isStopping || FINAL_CODES.has(code ?? -1)) return end(code ?? EXIT.failed);
      if (performance.now() - startedAt > options.stableMs) options.backoff.reset();
      const restartInMs = options.backoff.next();
      options.onState({
        kind: 'waiting',
        restartInMs,
        reason: signal === null ? `exit code ${code}` : `signal ${signal}`,
      });
      restart = setTimeout(start, restartInMs);
    });
    if (child.pid !== undefined) options.onState({ kind: 'running', pid: child.pid });
  };

  start();
  return {
    ended: ended.promise,
    stop(now) {
      isStopping = true;
      clearTimeout(restart);
      if (current === undefined) end(EXIT.ok);
      else {
        const child = current;
        if (child.connected) child.send({ type: 'stop', now } satisfies StopOrder, () => undefined);
        else child.kill('SIGTERM');
        if (now) setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS).unref();
      }
      return ended.promise;
    },
  };
};
