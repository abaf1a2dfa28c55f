import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsDeps {
  /** All instruments in Prometheus' text format. */
  readonly expose: () => Promise<string>;
}

/** `GET /api/v1/metrics`. Passes by admission, so that an overloaded service can still be watched. */
export const metricsOperations = ({ expose }: MetricsDeps): Operation[] => [
  defineOperation({
    id: 'getMetrics',
    method: 'get',
    path: '/api/v1/metrics',
    tag: 'Operations',
    summary: 'Metrics in Prometheus text format',
    access: 'metrics',
    dialect: 'native',
    errors: [],
    answers: { 200: { description: 'Format 0.0.4.', content: { 'text/plain': z.string() } } },
    handle: async () => new Response(await expose(), { headers: { 'content-type': PROMETHEUS_TEXT } }),
  }),
];
