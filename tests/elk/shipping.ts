import { parse } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { renderFilebeat } from '../../elk/filebeat/render.ts';
import { startFilebeat } from './programs/filebeat.ts';
import type { Server } from './programs/server.ts';

interface Shipping {
  /** Data folder of the service whose files are read. */
  readonly data: string;
  readonly store: string;
  readonly namespace: string;
  /** Folder of an earlier Filebeat, which this one goes on for. */
  readonly state?: string;
  /** A small disk for its registry and its queue. */
  readonly diskBytes?: number;
}

interface Rendered {
  readonly filebeat: { readonly inputs: readonly { readonly prospector?: { readonly scanner?: object } }[] };
  readonly output: object;
}

/**
 * A real Filebeat with the configuration we ship, both channels in one: there is no Logstash here, so what would go to it
 * goes to the store. New files are looked for more often than a service needs.
 */
export const startShipping = ({ data, store, namespace, state, diskBytes }: Shipping): Promise<Server> => {
  const elk = { namespace, elasticsearch: { url: store }, filebeat: { kernelLogs: [], containerLogs: [] } };
  const rendered = renderFilebeat(configSchema.parse({ elk })).map(({ text }): Rendered => parse(text));
  const inputs = rendered.flatMap(({ filebeat }) => filebeat.inputs);
  const direct = rendered.find(({ output }) => 'elasticsearch' in output);
  if (direct === undefined) throw new TypeError('none of the rendered files sends to Elasticsearch');
  return startFilebeat({
    config: { ...direct, filebeat: { ...direct.filebeat, inputs: inputs.map(impatient) } },
    env: { CLAWDBOT_DATA: data, CLAWDBOT_ELASTICSEARCH_KEY: 'id:key', CLAWDBOT_FILEBEAT_STATE: '/nonexistent' },
    settings: { 'output.elasticsearch.backoff.max': '2s' },
    ...(state === undefined ? {} : { data: state }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
  });
};

const impatient = (input: Rendered['filebeat']['inputs'][number]) => ({
  ...input,
  prospector: { scanner: { ...input.prospector?.scanner, check_interval: '1s' } },
});
