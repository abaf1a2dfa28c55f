import { setTimeout as wait } from 'node:timers/promises';
import { createLoggers } from '../../core/telemetry/log.ts';
import { accessFields } from './access-fields.ts';

/** Lines that one tick may write late, after a pause of the machine. */
const TICK_MS = 20;

/** What the writer is told. */
export interface WritePlan {
  readonly dir: string;
  readonly lines: number;
  readonly perSecond: number;
}

// A process of its own that writes access lines as the gateway does, at a steady rate, each with a request id of its own.
process.once('message', (plan) => void write(plan as WritePlan)); // our own program at the other end

const write = async ({ dir, lines, perSecond }: WritePlan): Promise<void> => {
  const logs = createLoggers({
    ...{ dir, level: 'info', maxFileBytes: 10_485_760, maxFiles: 1000, serviceName: 'clawdbot', version: '0.0.0' },
  });
  const startedAt = performance.now();
  for (let at = 0; at < lines; ) {
    const due = Math.min(lines, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    for (; at < due; at += 1) logs.access.info('request.answered', accessFields(at));
    await wait(TICK_MS);
  }
  await logs.stop();
  process.send?.({ seconds: (performance.now() - startedAt) / 1000, dropped: logs.droppedLines().access });
  process.disconnect();
};
