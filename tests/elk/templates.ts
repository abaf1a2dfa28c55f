import { configSchema } from '../../core/config/schema.ts';
import { pipelineName, pipelines } from '../../elk/elasticsearch/pipelines.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { STREAM_KEYS, streamPattern } from '../../elk/streams.ts';
import { forOpenSearch } from './on-opensearch.ts';
import { putResources } from './put-resources.ts';
import type { StoreClient } from './store-client.ts';

/** Makes our streams data streams of an OpenSearch, each behind the pipeline we ship; fields are as they come. */
export const putTemplate = async (store: StoreClient): Promise<void> => {
  await putResources(store, pipelines(plainShape(configSchema.parse({}).elk)).map(forOpenSearch));
  for (const key of STREAM_KEYS) {
    await store.ask('PUT', `/_index_template/clawdbot-test-${key}`, {
      index_patterns: [streamPattern(key)],
      priority: 500,
      data_stream: {},
      template: {
        settings: { number_of_replicas: 0, default_pipeline: pipelineName(key) },
        mappings: {
          date_detection: false,
          dynamic_templates: [
            { words: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
          ],
          properties: { '@timestamp': { type: 'date' }, message: { type: 'text' } },
        },
      },
    });
  }
};
