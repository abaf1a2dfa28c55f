import type { Config } from '../core/config/schema.ts';
import { elasticsearchResources } from './elasticsearch/resources.ts';
import { plainShape } from './elasticsearch/shape.ts';
import { renderFilebeat } from './filebeat/render.ts';
import { mlJobs } from './kibana/ml-jobs.ts';
import { kibanaResources } from './kibana/resources.ts';
import { SEARCH_KEYS, searchId, searchObject } from './kibana/searches.ts';
import { renderLogstash } from './logstash/render.ts';
import type { RenderedFile } from './rendered-file.ts';
import type { Call, Resource } from './resource.ts';

/** Everything of section `elk` as files; each of a store holds the request that `elk apply` would send. */
export const renderElk = ({ elk }: Pick<Config, 'elk'>): readonly RenderedFile[] => [
  ...renderFilebeat({ elk }),
  ...renderLogstash({ elk }),
  ...elasticsearchResources(plainShape(elk)).map((resource) => renderResource('elasticsearch', resource)),
  ...kibanaResources(elk, { hasSecurity: true }).map((resource) => renderResource('kibana', resource)),
  { file: 'kibana/searches.ndjson', text: searchesFile() },
  ...mlJobs(elk).map(({ name, ...call }) => ({ file: `elasticsearch/ml-job/${name}.json`, text: requestFile(call) })),
];

/** The saved searches as a file that Kibana's page «Saved objects» imports, for whoever may not use `elk apply`. */
const searchesFile = (): string =>
  SEARCH_KEYS.map((key) => `${JSON.stringify({ type: 'search', id: searchId(key), ...searchObject(key) })}\n`).join('');

/** `elasticsearch/policy/clawdbot-app.json`. */
const renderResource = (product: string, { kind, name, put }: Resource): RenderedFile => ({
  file: `${product}/${kind}/${name}.json`,
  text: requestFile(put),
});

const requestFile = ({ method, path, body }: Call): string => `${JSON.stringify({ [method]: path, body }, null, 2)}\n`;
