import { setTimeout as wait } from 'node:timers/promises';
import { createLoggers } from '../../core/telemetry/log.ts';
import { LogFile } from '../../core/telemetry/log-file.ts';
import { exactCpuSeconds } from '../load/cpu-time.ts';
import { accessFields } from './access-fields.ts';

/** What the process is told once, and then for each slice. */
export interface LinePlan {
  readonly dir: string;
}
export interface LineSlice {
  readonly lines: number;
  readonly perSecond: number;
  /** Whether lines are written when they are made, or thrown away. */
  readonly isWritten: boolean;
}

const TICK_MS = 5;
/** After the last line: what was gathered is written. */
const SETTLE_MS = 300;

// A process of its own that makes access lines as the gateway does and writes them or not: what it tells is CPU microseconds a line.
const { write } = LogFile.prototype;
let isWritten = true;
LogFile.prototype.write = function writeIfWanted(line: string): void {
  if (isWritten) write.call(this, line);
};

process.once('message', (plan) => {
  // Our own program at the other end.
  const { dir } = plan as LinePlan;
  const logs = createLoggers({
    ...{ dir, level: 'info', maxFileBytes: 10_485_760, maxFiles: 3, serviceName: 'clawdbot', version: '0.0.0' },
  });
  const measure = async (slice: LineSlice): Promise<number> => {
    isWritten = slice.isWritten;
    const perTick = Math.max(1, Math.round((slice.perSecond * TICK_MS) / 1000));
    const before = exactCpuSeconds(process.pid);
    for (let at = 0; at < slice.lines; ) {
      for (const end = Math.min(slice.lines, at + perTick); at < end; at += 1) {
        logs.access.info('request.answered', accessFields(at));
      }
      await wait(TICK_MS);
    }
    await wait(SETTLE_MS);
    return ((exactCpuSeconds(process.pid) - before) / slice.lines) * 1e6;
  };
  process.on('message', (slice) => void measure(slice as LineSlice).then((value) => process.send?.(value)));
  process.send?.('ready');
});
