import { z } from 'zod';
import type { ReadStats } from './stage.ts';

const count = z.number().nonnegative();

/** Of `/stats`, what is used: the same in 7.17 and 9.x but for `queue.filled`, which came with 8.14. */
const stats = z.object({
  beat: z.object({ info: z.object({ ephemeral_id: z.string() }) }),
  libbeat: z.object({
    output: z.object({
      events: z.object({ acked: count, active: count, dropped: count, duplicates: count, failed: count }),
    }),
    pipeline: z.object({
      events: z.object({ published: count, retry: count }),
      queue: z.object({ filled: z.object({ pct: count.optional(), events: count.optional() }).optional() }),
    }),
  }),
});

/**
 * What a Filebeat with a queue on disk says. Its `pipeline.events.active` counts what is not yet in that queue, so what waits
 * is what it published and its output neither brought there, nor found there, nor gave up.
 */
export const readFilebeat: ReadStats = (answer) => {
  const { beat, libbeat } = stats.parse(answer);
  const { acked, active, dropped, duplicates, failed } = libbeat.output.events;
  const { published, retry } = libbeat.pipeline.events;
  const { filled } = libbeat.pipeline.queue;
  return {
    seen: {
      life: beat.info.ephemeral_id,
      received: published,
      settled: acked + dropped + duplicates,
      ...{ retried: retry + failed, inFlight: active },
    },
    counts: { received: published, delivered: acked, duplicate: duplicates, retried: failed, lost: dropped },
    ...(filled?.pct === undefined ? {} : { queueUsage: filled.pct }),
  };
};
