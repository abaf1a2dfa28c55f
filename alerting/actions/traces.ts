import type { TelemetryConfig } from '../../core/config/schema.ts';
import type { RequestTrace } from '../../core/telemetry/trace/request-trace.ts';
import type { FinishedSpan, SpanSink, SpanValue } from '../../core/telemetry/trace/span.ts';
import { newSpanId } from '../../core/telemetry/trace/trace-context.ts';
import { createTraces } from '../../core/telemetry/trace/traces.ts';
import type { Outcome } from './action.ts';
import { HEARTBEAT } from './flow.ts';
import type { Webhook } from './inbox/payload.ts';
import type { TakenTask } from './inbox/store.ts';

interface Deps {
  /** Where traces go; absent: nowhere. */
  readonly sink: SpanSink | undefined;
  readonly config: Pick<TelemetryConfig, 'sampling'>;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** Takes a webhook that came with this `traceparent`. */
export type TakeWebhook = (receiver: string, webhook: Webhook, traceparent: string | undefined) => Promise<void>;

interface Made {
  readonly name: string;
  readonly kind: FinishedSpan['kind'];
  readonly spanId: string;
  readonly parent: FinishedSpan['parent'];
  readonly startedAt: number;
  readonly attributes: Readonly<Record<string, SpanValue>>;
  readonly isError: boolean;
}

/**
 * One trace from a webhook to all that is done about it: a span for taking it and one for every attempt, also by another
 * life of the process, since a task keeps where it belongs. Webhooks are few, so all are kept; the alert that always fires
 * only where it fails.
 */
export const openActionTraces = ({ sink, config, now = () => performance.now() }: Deps) => {
  const { slowMs } = config.sampling;
  const traces = createTraces({ isOn: sink !== undefined, sampling: { ratio: 1, slowMs }, now });
  const end = (trace: RequestTrace, { startedAt, ...made }: Made): void => {
    const durationMs = now() - startedAt;
    if (!traces.keeps(trace, { isError: made.isError, durationMs })) return;
    // Read at every use: the clock of the machine may be set, that of the process goes on.
    const epochMs = Date.now() - now();
    const { parent, ...rest } = made;
    const span = { ...rest, traceId: trace.traceId, ...(parent === undefined ? {} : { parent }) };
    sink?.([{ ...span, startedAt: epochMs + startedAt, endedAt: epochMs + startedAt + durationMs }]);
  };
  return {
    /** Takes webhooks as before; what is asked for goes on with their trace. */
    traceWebhooks:
      (take: (receiver: string, webhook: Webhook) => Promise<void>): TakeWebhook =>
      async (receiver, webhook, traceparent) => {
        const startedAt = now();
        const trace = traces.begin(traceparent, startedAt);
        if (trace === undefined) return take(receiver, webhook);
        if (receiver === HEARTBEAT) traces.doubt(trace);
        let isError = true;
        try {
          await take(receiver, { ...webhook, traceparent: trace.traceparent });
          isError = false;
        } finally {
          const attributes = { 'clawdbot.receiver': receiver, 'clawdbot.alerts': webhook.alerts.length };
          const { spanId } = trace;
          end(trace, {
            ...{ name: 'POST /hooks/{receiver}', kind: 'server', spanId, startedAt, attributes, isError },
            parent: trace.parent === undefined ? undefined : { spanId: trace.parent.spanId, isRemote: true },
          });
        }
      },
    /** One attempt at a task, below the webhook that asked for it. */
    async traceAttempt({ action, receiver, task }: TakenTask, attempt: () => Promise<Outcome>): Promise<Outcome> {
      const startedAt = now();
      const trace = sink === undefined ? undefined : traces.begin(task.traceparent, startedAt);
      const found = await attempt();
      if (trace === undefined) return found;
      const { outcome } = found;
      end(trace, {
        ...{ name: `action ${action}`, kind: 'consumer', spanId: newSpanId(), startedAt },
        parent: trace.parent === undefined ? undefined : { spanId: trace.parent.spanId, isRemote: true },
        isError: outcome === 'failed' || outcome === 'retry',
        attributes: {
          'clawdbot.action': action,
          'clawdbot.task_id': task.id,
          'clawdbot.attempt': task.attempt,
          'clawdbot.outcome': outcome,
          'clawdbot.alert_status': task.status,
          ...(receiver === '' ? {} : { 'clawdbot.receiver': receiver }),
          ...(task.alerts[0]?.labels.alertname === undefined
            ? {}
            : { 'clawdbot.alert': task.alerts[0].labels.alertname }),
        },
      });
      return found;
    },
  };
};
