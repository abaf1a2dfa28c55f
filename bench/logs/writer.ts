import { setTimeout as wait } from 'node:timers/promises';
import { createLoggers } from '../../core/telemetry/log.ts';

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
    for (; at < due; at += 1) logs.access.info('request.answered', fieldsOf(at));
    await wait(TICK_MS);
  }
  await logs.stop();
  process.send?.({ seconds: (performance.now() - startedAt) / 1000, dropped: logs.droppedLines().access });
  process.disconnect();
};

const fieldsOf = (at: number) => ({
  ...{ 'http.request.method': 'POST', 'http.request.id': requestId(at), 'http.version': '2.0' },
  ...{ 'http.response.status_code': 200, 'http.response.body.bytes': 265, 'http.request.body.bytes': 18 },
  ...{ 'url.path': '/v1/chat/completions', 'event.duration': 123_164_263 + at, 'event.outcome': 'success' },
  ...{ 'client.ip': '127.0.0.1', 'labels.key_id': 'jwt:bench', 'gen_ai.request.model': 'scripted' },
  ...{ 'labels.queue_ms': 0.1, 'labels.prefill_ms': 0.2, 'labels.decode_ms': 0.2, 'labels.outcome': 'ok' },
  ...{ 'gen_ai.usage.input_tokens': 2, 'gen_ai.usage.output_tokens': 2 },
});

/** Unlike any other. */
const requestId = (at: number): string => `req_bench_${String(at).padStart(9, '0')}`;
