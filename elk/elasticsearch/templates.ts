import { createHash } from 'node:crypto';
import { compare } from '../compare.ts';
import { keyOf, type Resource } from '../resource.ts';
import { STREAM_KEYS, STREAMS, type StreamKey, streamPattern } from '../streams.ts';
import { nest } from './fields.ts';
import { pipelineName, withoutDates } from './pipelines.ts';
import { policyName } from './policies.ts';
import { foreignRisk, MANAGED, type Shape } from './shape.ts';
import { ownFieldsOf, SHARED_FIELDS } from './stream-fields.ts';

/** Fields of a mapping, ours and those that Elasticsearch adds; far above what the tables hold. */
const MAX_FIELDS = 400;
/** Above the built-in template `logs`, which is 100 on `logs-*-*`. */
const PRIORITY = 500;
const SHARED = 'clawdbot@mappings';

export const templateName = (key: StreamKey): string => `clawdbot-${key}`;

/** Where the digest of what an index was made from stands in its mapping. */
export const DIGEST = 'clawdbot_digest';

/** Closed: what no table names stays in the document, is not searched, and can never break or blow up a mapping. */
const CLOSED = { dynamic: false, date_detection: false } as const;

const sharedMappings = { ...CLOSED, properties: nest(SHARED_FIELDS) };

const settingsOf = (key: StreamKey, { elk, without }: Shape) => ({
  index: {
    // Set, not left to the name of the stream: logsdb packs log lines most tightly.
    mode: 'logsdb',
    codec: 'best_compression',
    number_of_shards: elk.shards,
    ...(elk.replicas === 'auto' ? { auto_expand_replicas: '0-1' } : { number_of_replicas: elk.replicas }),
    ...(without.has('ilm') ? {} : { lifecycle: { name: policyName(key) } }),
    ...(without.has('ingest') ? {} : { default_pipeline: pipelineName(key) }),
    mapping: {
      // Said, because a larger licence would rebuild lines from their fields: here a line is found as it was written.
      source: { mode: 'stored' },
      // One field that is not what it should be costs that field, never the line.
      ignore_malformed: true,
      total_fields: { limit: MAX_FIELDS, ignore_dynamic_beyond_limit: true },
    },
  },
});

/** Changes when an index would be made differently; what does not need a new index is not in it. */
export const digestOf = (key: StreamKey, shape: Shape): string => {
  const made = [sharedMappings, nest(ownFieldsOf(key)), settingsOf(key, shape)];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
};

const ownMappings = (key: StreamKey, shape: Shape) => ({
  ...CLOSED,
  _meta: { ...MANAGED, [DIGEST]: digestOf(key, shape) },
  properties: nest(ownFieldsOf(key)),
});

/** Mappings that all streams share; mappings, settings and the template of each. */
export const templates = (shape: Shape): readonly Resource[] => [
  component(SHARED, { mappings: sharedMappings }, []),
  ...STREAM_KEYS.flatMap((key) => templatesOf(key, shape)),
];

const templatesOf = (key: StreamKey, shape: Shape): readonly Resource[] => {
  const name = templateName(key);
  const settings = settingsOf(key, shape);
  const needed = [
    ...(settings.index.lifecycle === undefined ? [] : [keyOf({ kind: 'policy', name: policyName(key) })]),
    ...(settings.index.default_pipeline === undefined ? [] : [keyOf({ kind: 'pipeline', name: pipelineName(key) })]),
  ];
  const parts = [
    component(`${name}@mappings`, { mappings: ownMappings(key, shape) }, []),
    component(`${name}@settings`, { settings }, needed),
  ];
  return [
    ...parts,
    index(
      key,
      parts.map(({ name: part }) => part),
      shape,
    ),
  ];
};

const component = (name: string, template: object, dependsOn: readonly string[]): Resource => {
  const path = `/_component_template/${name}`;
  const body = { template, _meta: MANAGED };
  return {
    kind: 'component-template',
    name,
    dependsOn,
    put: { method: 'PUT', path, body },
    get: { path },
    previous: (found) => componentIn(found),
    same: (found) => compare(body, componentIn(found)),
    risk: (found) => foreignRisk(componentIn(found)),
  };
};

const index = (key: StreamKey, parts: readonly string[], { without }: Shape): Resource => {
  const name = templateName(key);
  const path = `/_index_template/${name}`;
  const composed = [SHARED, ...parts];
  const body = {
    index_patterns: [streamPattern(key)],
    priority: PRIORITY,
    data_stream: {},
    composed_of: composed,
    // A document that still does not fit is kept beside the stream, where `elk check` counts it.
    template: without.has('failure-store') ? {} : { data_stream_options: { failure_store: { enabled: true } } },
    _meta: { ...MANAGED, description: STREAMS[key].about },
  };
  return {
    kind: 'index-template',
    name,
    dependsOn: composed.map((part) => keyOf({ kind: 'component-template', name: part })),
    put: { method: 'PUT', path, body },
    get: { path },
    previous: (found) => indexIn(found),
    same: (found) => compare(body, indexIn(found)),
    risk: (found) => foreignRisk(indexIn(found)),
  };
};

interface Found {
  readonly component_templates?: readonly { readonly component_template?: object }[];
  readonly index_templates?: readonly { readonly index_template?: object }[];
}

// Safe: answers of Elasticsearch; whatever is not where it should be is a difference.
const componentIn = (found: unknown): object =>
  withoutDates((found as Found).component_templates?.[0]?.component_template ?? {});
const indexIn = (found: unknown): object => withoutDates((found as Found).index_templates?.[0]?.index_template ?? {});
