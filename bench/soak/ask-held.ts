import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldReading } from './probe.ts';

const PROBE = new URL('probe.ts', import.meta.url).href;
const POLL_MS = 200;

/** The environment of a service whose processes write into a folder how they are. */
export const probeEnv = (folder: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: [env.NODE_OPTIONS, `--import=${PROBE}`].filter(Boolean).join(' '),
  CLAWDBOT_BENCH_PROBE: folder,
});

/** What the processes that write into a folder hold now, by their ids. */
export const askHeld = async (folder: string): Promise<ReadonlyMap<number, HeldReading>> => {
  // Who wrote a reading has the handler; anybody else would end of the signal.
  const pids = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => Number.parseInt(file, 10))
    .filter((pid) => existsSync(`/proc/${pid}`));
  const held = new Map<number, HeldReading>();
  for (const pid of pids) {
    const file = join(folder, `${pid}.held`);
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    while (!existsSync(file) && existsSync(`/proc/${pid}`)) await pause();
    held.set(pid, JSON.parse(readFileSync(file, 'utf8')) as HeldReading); // our own probe wrote it
  }
  return held;
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));
