import type { ChildProcessByStdio } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { until } from './stream.ts';

export interface ReadyProgram {
  /** What it has written so far. */
  log(): string;
  /** Ends it and takes its folder away. */
  stop(): Promise<void>;
}

/** A program of the Prometheus family, when it says that it is ready; one that ends before is an error with its last words. */
export const whenReady = async (
  child: ChildProcessByStdio<null, null, Readable>,
  { name, url, dir }: { readonly name: string; readonly url: string; readonly dir: string },
): Promise<ReadyProgram> => {
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
    rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  };
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${said.slice(-2000)}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  };
  try {
    await until(isReady, (isThere) => isThere);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, log: () => said };
};
