import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process says of itself. */
export interface ProbeReading {
  readonly handles: number;
  readonly files: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

// Loaded into the processes of the service before their own code: says every second how they are.
const PERIOD_MS = 1000;
const NANOSECONDS = 1e6;

const folder = process.env.CLAWDBOT_BENCH_PROBE;
if (folder !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const write = (): void => {
    const file = join(folder, `${process.pid}.json`);
    const reading: ProbeReading = {
      handles: process.getActiveResourcesInfo().length,
      files: readdirSync('/proc/self/fd').length,
      delayP99Ms: delay.percentile(99) / NANOSECONDS,
      delayMaxMs: delay.max / NANOSECONDS,
    };
    delay.reset();
    writeFileSync(`${file}.part`, JSON.stringify(reading));
    renameSync(`${file}.part`, file);
  };
  setInterval(write, PERIOD_MS).unref();
}
