import type { Call } from '../resource.ts';
import { streamName } from '../streams.ts';
import type { KibanaSettings } from './space.ts';

/**
 * Jobs of Elastic's own anomaly detection, for whoever has its licence (platinum or a trial). `elk render` writes them,
 * `elk apply` leaves them alone: the detector of this project needs no licence and watches the same.
 */
export const mlJobs = (settings: KibanaSettings): readonly (Call & { readonly name: string })[] => {
  const access = streamName('access', settings);
  const job = (id: string, description: string, detectors: readonly object[], influencers: readonly string[]) => ({
    name: id,
    method: 'PUT' as const,
    path: `/_ml/anomaly_detectors/${id}`,
    body: {
      description,
      groups: ['clawdbot'],
      analysis_config: { bucket_span: '15m', detectors, influencers },
      data_description: { time_field: '@timestamp' },
      analysis_limits: { model_memory_limit: '64mb' },
      datafeed_config: {
        datafeed_id: `datafeed-${id}`,
        indices: [access],
        query: { exists: { field: 'labels.outcome' } },
      },
    },
  });
  return [
    job(
      'clawdbot-latency',
      'Requests that take longer than is usual for their model.',
      [{ function: 'high_mean', field_name: 'event.duration', partition_field_name: 'gen_ai.request.model' }],
      ['gen_ai.request.model', 'labels.key_id'],
    ),
    job(
      'clawdbot-traffic',
      'More or fewer requests than is usual at that time, by outcome.',
      [{ function: 'count', partition_field_name: 'labels.outcome' }],
      ['labels.outcome', 'labels.key_id', 'error.code'],
    ),
  ];
};
