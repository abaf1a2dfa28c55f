import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { type Child, keepRunning, type Watching } from './keep-running.ts';

/** What every process of ours is told to end with. */
interface StopOrder {
  readonly type: 'stop';
  readonly now: boolean;
}

/** A process of ours, which can be told things while it runs. */
export interface OwnChild<Order> extends Child {
  /** Lost where the process does not run. */
  tell(order: Order): void;
}

interface Options<Report> extends Watching {
  readonly entry: string;
  readonly args: readonly string[];
  readonly onReport: (report: Report) => void;
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
export const superviseChild = <Report, Order = never>(options: Options<Report>): OwnChild<Order> => {
  let current: ChildProcess | undefined;
  const child = keepRunning({
    ...options,
    launch() {
      const child = fork(options.entry, [...options.args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.on('message', (message) => options.onReport(message as Report)); // our own program at the other end
      current = child;
      return child;
    },
    isFinal: (code) => FINAL_CODES.has(code),
    ask(child, now) {
      if (child.connected) child.send({ type: 'stop', now } satisfies StopOrder, () => undefined);
      else child.kill('SIGTERM');
    },
    graceMs: (now) => (now ? KILL_GRACE_MS : undefined),
  });
  return {
    ...child,
    tell(order) {
      if (current?.connected === true) current.send(order as Serializable, () => undefined);
    },
  };
};
