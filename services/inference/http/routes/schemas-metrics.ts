import { z } from 'zod';

const labels = z.record(z.string(), z.string()).meta({ description: 'Empty: all series of the metric together.' });
const some = z.number().nullable();

const distribution = z.strictObject({
  metric: z.string().meta({ description: 'Name of the instrument; see docs/metrics.md.' }),
  labels,
  count: z.int().min(0),
  mean: some,
  p50: some,
  p90: some,
  p99: some,
});

/** The six families; seconds, bytes, ratios from 0 to 1, `null` where nothing was measured yet. */
export const metricFamilies = z.strictObject({
  window: z.strictObject({ since: z.iso.datetime().nullable(), seconds: z.number().min(0) }).meta({
    description: 'What all counts and percentiles are of: the life of the process. Recent ones: ask Prometheus.',
  }),
  latency: z.array(distribution),
  throughput: z.strictObject({
    requests: z.record(z.string(), z.number()).meta({ description: 'By outcome.' }),
    tokens: z.array(z.strictObject({ labels, value: z.number() })),
  }),
  utilization: z.strictObject({ cpuSeconds: some, memoryBytes: some, eventLoopRatio: some }),
  errors: z.strictObject({ responses: z.number(), serverErrors: z.number(), ratio: some }),
  modelLoad: z.array(distribution),
  cache: z.array(z.strictObject({ cache: z.string(), hits: z.number(), lookups: z.number(), ratio: some })),
});
