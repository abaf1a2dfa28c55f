import { configSchema } from '../../core/config/schema.ts';
import { type Field, type Fields, nest } from '../../elk/elasticsearch/fields.ts';
import { pipelineName, pipelines } from '../../elk/elasticsearch/pipelines.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { fieldsOf } from '../../elk/elasticsearch/stream-fields.ts';
import { STREAM_KEYS, streamPattern } from '../../elk/streams.ts';
import { forOpenSearch } from './on-opensearch.ts';
import { putResources } from './put-resources.ts';
import type { StoreClient } from './store-client.ts';

/** `flattened` is Elastic's; what would be in it is kept and not searched there. */
const asKnown = (field: Field): Field => (field.type === 'flattened' ? { type: 'object', enabled: false } : field);

const knownFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, asKnown(field)]));

/** Makes our streams data streams of an OpenSearch, with the fields and behind the pipelines that we ship. */
export const putTemplate = async (store: StoreClient): Promise<void> => {
  await putResources(store, pipelines(plainShape(configSchema.parse({}).elk)).map(forOpenSearch));
  for (const key of STREAM_KEYS) {
    await store.ask('PUT', `/_index_template/clawdbot-test-${key}`, {
      index_patterns: [streamPattern(key)],
      priority: 500,
      data_stream: {},
      template: {
        settings: {
          ...{ number_of_replicas: 0, default_pipeline: pipelineName(key) },
          mapping: { ignore_malformed: true, total_fields: { limit: 400 } },
        },
        mappings: { dynamic: false, date_detection: false, properties: nest(knownFields(fieldsOf(key))) },
      },
    });
  }
};
