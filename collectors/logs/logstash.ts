import { z } from 'zod';
import { LOGSTASH_PIPELINES } from '../../core/config/schema-elk-shippers.ts';
import type { ReadStats } from './stage.ts';

const count = z.number().nonnegative();

/** What an output counts of documents, where it is one that makes them. */
const documents = z.object({
  successes: count.optional(),
  retryable_failures: count.optional(),
  non_retryable_failures: count.optional(),
  dlq_routed: count.optional(),
});

const pipeline = z.object({
  events: z.object({ in: count, out: count }),
  plugins: z.object({ outputs: z.array(z.object({ documents: documents.optional() })) }),
  queue: z.object({
    type: z.string(),
    events_count: count.optional(),
    queue_size_in_bytes: count.optional(),
    max_queue_size_in_bytes: count.optional(),
  }),
  dead_letter_queue: z
    .object({
      max_queue_size_in_bytes: count.optional(),
      queue_size_in_bytes: count.optional(),
      dropped_events: count.optional(),
    })
    .optional(),
});

/** Of `/_node/stats`, what is used. */
const stats = z.object({ ephemeral_id: z.string(), pipelines: z.record(z.string(), z.unknown()) });

/** What the pipeline of the logs says. A conflict (409) is a line that was there already: it is the one failure without a dead letter. */
export const readLogstash: ReadStats = (answer) => {
  const { ephemeral_id: life, pipelines } = stats.parse(answer);
  const { events, plugins, queue, dead_letter_queue: dead } = pipeline.parse(pipelines[LOGSTASH_PIPELINES.logs]);
  const outputs = plugins.outputs.flatMap((output) => output.documents ?? []);
  const total = (key: keyof (typeof outputs)[number]): number =>
    outputs.reduce((sum, each) => sum + (each[key] ?? 0), 0);
  const counts = {
    received: events.in,
    delivered: total('successes'),
    duplicate: total('non_retryable_failures'),
    retried: total('retryable_failures'),
    dead_letter: total('dlq_routed'),
    lost: dead?.dropped_events ?? 0,
  };
  const queueUsage = share(queue.queue_size_in_bytes, queue.max_queue_size_in_bytes);
  const deadLetterUsage = share(dead?.queue_size_in_bytes, dead?.max_queue_size_in_bytes);
  return {
    seen: {
      ...{ life, received: events.in, settled: events.out, retried: counts.retried, inFlight: 0 },
      ...(queue.events_count === undefined ? {} : { queued: queue.events_count }),
    },
    counts,
    ...(queueUsage === undefined ? {} : { queueUsage }),
    ...(deadLetterUsage === undefined ? {} : { deadLetterUsage }),
  };
};

const share = (used: number | undefined, of: number | undefined): number | undefined =>
  used === undefined || of === undefined || of === 0 ? undefined : used / of;
