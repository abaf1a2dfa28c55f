import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { type Held, readHeld } from './held.ts';

/** What a process says of itself. */
export interface ProbeReading {
  readonly handles: number;
  readonly files: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

/** What it says when it is asked by the signal: what it still holds once all garbage is gone. */
export interface HeldReading extends Held {
  readonly handles: number;
  readonly files: number;
}

// Loaded into the processes of the service before their own code: says every second how they are, and once for each
// SIGUSR2 what they hold.
const PERIOD_MS = 1000;
const NANOSECONDS = 1e6;

const folder = process.env.CLAWDBOT_BENCH_PROBE;
if (folder !== undefined && isMainThread) {
  const keep = (name: string, reading: object): void => {
    const file = join(folder, name);
    writeFileSync(`${file}.part`, JSON.stringify(reading));
    renameSync(`${file}.part`, file);
  };
  const countFiles = () => ({
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const write = (): void => {
    const reading: ProbeReading = {
      ...countFiles(),
      delayP99Ms: delay.percentile(99) / NANOSECONDS,
      delayMaxMs: delay.max / NANOSECONDS,
    };
    delay.reset();
    keep(`${process.pid}.json`, reading);
  };
  setInterval(write, PERIOD_MS).unref();
  process.on('SIGUSR2', () => keep(`${process.pid}.held`, { ...countFiles(), ...readHeld() } satisfies HeldReading));
}
