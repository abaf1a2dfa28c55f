import { accepts } from 'hono/accepts';
import { z } from 'zod';
import { EXPOSITION_CONTENT_TYPE, type ExpositionFormat } from '../../../../core/telemetry/exposition.ts';
import type { Families } from '../../../../core/telemetry/families.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { json } from './json.ts';
import { metricFamilies } from './schemas-metrics.ts';

export interface MetricsDeps {
  /** All instruments as a scraper reads them. */
  readonly expose: (format: ExpositionFormat) => Promise<string>;
  /** The six families as numbers. */
  readonly families: () => Promise<Families>;
}

const OPENMETRICS = 'application/openmetrics-text';
const JSON_TYPE = 'application/json';
const TEXT = 'text/plain';

/** `GET /api/v1/metrics`. Passes by admission, so that an overloaded service can still be watched. */
export const metricsOperations = ({ expose, families }: MetricsDeps): Operation[] => [
  defineOperation({
    id: 'getMetrics',
    method: 'get',
    path: '/api/v1/metrics',
    tag: 'Operations',
    summary: 'Metrics in Prometheus text format, as OpenMetrics or as JSON',
    description:
      '`Accept` decides. OpenMetrics carries exemplars: the trace of a recent request in each bucket of a histogram. JSON has latency, throughput, utilization, errors, model load and cache since the start of the process, with percentiles of the same histograms. All are at most a second old.',
    access: 'metrics',
    dialect: 'native',
    errors: [],
    answers: {
      200: {
        description: 'Text format 0.0.4, OpenMetrics 1.0.0, or the six families.',
        content: { [TEXT]: z.string(), [OPENMETRICS]: z.string(), [JSON_TYPE]: metricFamilies },
      },
    },
    headers: { accept: { description: `\`${TEXT}\`, \`${OPENMETRICS}\` or \`${JSON_TYPE}\`.`, schema: z.string() } },
    async handle({ context }) {
      const supports = [TEXT, OPENMETRICS, JSON_TYPE];
      const type = accepts(context, { header: 'Accept', supports, default: TEXT });
      if (type === JSON_TYPE) return json(await families());
      const format = type === OPENMETRICS ? 'openmetrics' : 'text';
      return new Response(await expose(format), { headers: { 'content-type': EXPOSITION_CONTENT_TYPE[format] } });
    },
  }),
];
