import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server of the bench in a process of its own. */
export interface ChildServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Starts one that says its port and ends when it is left alone. */
export const startChild = async (entry: string, args: readonly string[]): Promise<ChildServer> => {
  const child = fork(entry, [...args], { execArgv: [] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]; // our own program at the other end
  return {
    ...{ port, pid: child.pid ?? 0 },
    async [Symbol.asyncDispose]() {
      if (!child.connected) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
};
