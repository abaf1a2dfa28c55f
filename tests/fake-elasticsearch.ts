import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { checkRequest } from './elastic-schema/check-request.ts';

/** What the far side is like; a test changes it to see what we make of that. */
export interface FakeCluster {
  version: string;
  user: string;
  password: string;
  /** Taken as well. */
  apiKey: string;
  status: 'green' | 'yellow' | 'red';
  roles: string[][];
  processors: string[];
  features: Record<string, { available: boolean; enabled: boolean }>;
  settings: Record<string, string>;
  missingPrivileges: string[];
  /** Paths of changes that are refused, each with the status it gets. */
  refusals: Map<string, number>;
  /** Data streams: the indices behind each, the newest last. */
  streams: Map<string, { name: string; digest?: unknown; blocks?: Record<string, string> }[]>;
  newest: Map<string, number>;
  failures: number;
  /** Answers a search instead; undefined: as ever. `index` is empty where a point in time says which. */
  search: (index: string, body: unknown) => unknown;
  /** Statuses that the next documents of a bulk get instead of being taken. */
  bulk: number[];
}

export interface FakeElasticsearch {
  readonly url: string;
  readonly cluster: FakeCluster;
  /** What was put, by path. */
  readonly kept: Map<string, unknown>;
  /** Requests that changed something, as `METHOD path`. */
  readonly changes: string[];
  /** Documents by stream, each by its id. */
  readonly documents: Map<string, Map<string, unknown>>;
  /** Every request that Elastic's own schema does not know. */
  readonly unknown: string[];
  stop(): Promise<void>;
}

const ALL_PROCESSORS = ['append', 'convert', 'date', 'dot_expander', 'gsub', 'pipeline', 'remove', 'script', 'set'];
const ON = { available: true, enabled: true };

const wholeCluster = (): FakeCluster => ({
  version: '9.5.3',
  user: 'elastic',
  password: 'correct',
  apiKey: 'a-key',
  status: 'green',
  roles: [['data_hot', 'data_content', 'ingest', 'master'], ['data_cold']],
  processors: ALL_PROCESSORS,
  features: { ilm: ON, security: ON, slm: ON, ml: ON },
  settings: {},
  missingPrivileges: [],
  refusals: new Map(),
  streams: new Map(),
  newest: new Map(),
  failures: 0,
  search: () => undefined,
  bulk: [],
});

/**
 * The boundary of Elasticsearch 9 as its clients see it: product header, licence to speak, answers in its shapes, settings
 * given back as text. It keeps what is put and does nothing with it. Every request is held against Elastic's schema.
 */
export const startFakeElasticsearch = async (tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<FakeElasticsearch> => {
  const state = {
    cluster: wholeCluster(),
    kept: new Map<string, unknown>(),
    changes: [] as string[],
    documents: new Map<string, Map<string, unknown>>(),
    unknown: [] as string[],
  };
  const listen = (request: IncomingMessage, response: ServerResponse) => void answer(state, request, response);
  const server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a server that listens on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  return {
    ...state,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

type State = Pick<FakeElasticsearch, 'cluster' | 'kept' | 'changes' | 'documents' | 'unknown'>;
const isBulk = (path: string): boolean => new URL(path, 'http://fake').pathname.endsWith('/_bulk');
const linesIn = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

type Reply = readonly [status: number, body: unknown];

const answer = async (state: State, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const text = (await request.toArray()).join('');
  const { method = 'GET', url = '/' } = request;
  const body = text === '' ? undefined : isBulk(url) ? linesIn(text) : JSON.parse(text);
  state.unknown.push(...problemsOf(method, url, text, body));
  const [status, said] = reply(state, request, method, new URL(url, 'http://fake'), body);
  response.writeHead(status, {
    'x-elastic-product': 'Elasticsearch',
    'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
  });
  response.end(JSON.stringify(said));
};

/** The same requests come in every test. */
const judged = new Map<string, readonly string[]>();

const problemsOf = (method: string, path: string, text: string, body: unknown): readonly string[] => {
  const key = `${method} ${path} ${text}`;
  const known = judged.get(key) ?? checkRequest({ method, path, body });
  judged.set(key, known);
  return known;
};

const error = (status: number, type: string, reason: string): Reply => [
  status,
  { error: { root_cause: [{ type, reason }], type, reason }, status },
];

const reply = (state: State, { headers }: IncomingMessage, method: string, url: URL, body: unknown): Reply => {
  const { cluster } = state;
  const password = `Basic ${Buffer.from(`${cluster.user}:${cluster.password}`).toString('base64')}`;
  const isLoggedIn = [password, `ApiKey ${cluster.apiKey}`].includes(headers.authorization ?? '');
  if (!isLoggedIn && cluster.features.security?.enabled === true) {
    return error(401, 'security_exception', 'unable to authenticate user for REST request [/]');
  }
  const searched = url.pathname.endsWith('_search')
    ? searchIn(state, url.pathname.split('/')[1] ?? '', body)
    : undefined;
  if (searched !== undefined) return searched;
  if (isBulk(url.pathname)) return bulk(state, url.pathname.split('/')[1] ?? '', body);
  if (url.pathname.endsWith('/_pit'))
    return [200, method === 'DELETE' ? { succeeded: true, num_freed: 1 } : { id: 'pit' }];
  const asked = method === 'GET' || /_search|_count|_has_privileges/.test(url.pathname) ? read(state, url) : undefined;
  return asked ?? change(state, method, url.pathname, body);
};

const read = ({ cluster, kept }: State, { pathname }: URL): Reply => {
  const [, name = '', word = ''] = pathname.split('/');
  switch (name) {
    case '':
      return [200, { name: 'fake', version: { number: cluster.version }, tagline: 'You Know, for Search' }];
    case '_nodes':
      return [200, { nodes: nodesOf(cluster) }];
    case '_xpack':
      return [200, { features: cluster.features }];
    case '_cluster':
      return [200, word === 'health' ? { status: cluster.status } : { persistent: cluster.settings, transient: {} }];
    case '_resolve':
      return [200, { indices: [], aliases: [], data_streams: streamsOf(cluster) }];
    case '_security':
      if (word === 'user') return [200, privilegesOf(cluster)];
      if (word === 'api_key') return [200, { api_keys: kept.get('/_security/api_key') ?? [] }];
      return keptAt(kept, pathname);
    default:
      return name.startsWith('_') ? keptAt(kept, pathname) : indexAnswer(cluster, name, word);
  }
};

const searchIn = ({ cluster, documents }: State, index: string, body: unknown): Reply | undefined => {
  const told = cluster.search(index === '_search' ? '' : index, body);
  if (told !== undefined) return [200, told];
  // Safe: what our own code sent, already held against the schema.
  const ids = (body as { query?: { ids?: { values: string[] } } }).query?.ids?.values;
  if (ids === undefined) return undefined;
  const kept = documents.get(index);
  return [200, { hits: { hits: ids.filter((id) => kept?.has(id)).map((_id) => ({ _id })) } }];
};

const bulk = ({ cluster, documents }: State, index: string, body: unknown): Reply => {
  const kept = documents.get(index) ?? new Map<string, unknown>();
  documents.set(index, kept);
  // Safe: what our own code sent, already held against the schema: an operation and its document in turns.
  const lines = body as { create?: { _id: string } }[];
  const items = lines.flatMap(({ create }, at) => {
    if (at % 2 === 1 || create === undefined) return [];
    const status = cluster.bulk.shift() ?? (kept.has(create._id) ? 409 : 201);
    if (status === 201) kept.set(create._id, lines[at + 1]);
    const failed = { error: { type: 'of_the_test', reason: `status ${status}` } };
    return [{ create: { _id: create._id, status, ...(status < 300 ? {} : failed) } }];
  });
  return [200, { errors: items.some(({ create }) => create.status >= 300), took: 1, items }];
};

const nodesOf = ({ roles, processors }: FakeCluster) =>
  Object.fromEntries(
    roles.map((each, index) => [
      `node${index}`,
      { roles: each, ingest: { processors: processors.map((type) => ({ type })) } },
    ]),
  );

const streamsOf = ({ streams }: FakeCluster) =>
  [...streams].map(([name, indices]) => ({
    name,
    backing_indices: indices.map((index) => index.name),
    timestamp_field: '@timestamp',
  }));

const privilegesOf = ({ missingPrivileges }: FakeCluster) => ({
  username: 'elastic',
  has_all_requested: missingPrivileges.length === 0,
  cluster: Object.fromEntries(missingPrivileges.map((name) => [name, false])),
  index: {},
});

const indexAnswer = ({ streams, newest, failures }: FakeCluster, name: string, word: string): Reply => {
  if (word === '_count') return [200, { count: failures }];
  if (word === '_search') {
    return [
      200,
      { aggregations: { newest: { value: newest.get(name) ?? null }, lag: { value: 1500 }, marked: { doc_count: 0 } } },
    ];
  }
  const index = [...streams.values()].flat().find((each) => each.name === name);
  if (index === undefined) return error(404, 'index_not_found_exception', `no such index [${name}]`);
  return [
    200,
    {
      [name]:
        word === '_mapping'
          ? { mappings: { _meta: { clawdbot_digest: index.digest } } }
          : { settings: index.blocks ?? {} },
    },
  ];
};

/** As each kind is given back: under its name, with what Elasticsearch adds. */
const keptAt = (kept: Map<string, unknown>, path: string): Reply => {
  const body = kept.get(path);
  const name = path.split('/').at(-1) ?? '';
  if (body === undefined) return error(404, 'resource_not_found_exception', `[${name}] not found`);
  if (path.startsWith('/_component_template/'))
    return [200, { component_templates: [{ name, component_template: { ...asText(body), created_date_millis: 1 } }] }];
  if (path.startsWith('/_index_template/'))
    return [200, { index_templates: [{ name, index_template: { ...asText(body), created_date_millis: 1 } }] }];
  if (path.startsWith('/_slm/')) return [200, { [name]: { version: 1, policy: body } }];
  if (path.startsWith('/_ilm/')) return [200, { [name]: { version: 1, modified_date: 1, ...asText(body) } }];
  return [200, { [name]: { ...asText(body), created_date_millis: 1 } }];
};

/** Settings come back as text, and deleting says what it deletes. */
const asText = (value: unknown, isSetting = false): Record<string, unknown> =>
  // Safe: called with mappings only, and gives back the same.
  textIn(value, isSetting) as Record<string, unknown>;

const textIn = (value: unknown, isSetting: boolean): unknown => {
  if (Array.isArray(value)) return value.map((entry) => textIn(entry, isSetting));
  if (typeof value !== 'object' || value === null) return isSetting ? String(value) : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) =>
      key === 'delete' && Object.keys(entry).length === 0
        ? [key, { delete_searchable_snapshot: true }]
        : [key, textIn(entry, isSetting || key === 'settings')],
    ),
  );
};

const change = (state: State, method: string, path: string, body: unknown): Reply => {
  const { cluster, kept, changes } = state;
  const status = cluster.refusals.get(`${method} ${path}`);
  if (status !== undefined) return error(status, 'illegal_argument_exception', `refused by the test: ${path}`);
  changes.push(`${method} ${path}`);
  if (path.endsWith('/_rollover')) return rollOver(state, path.split('/')[1] ?? '');
  if (path === '/_security/api_key') return makeKey(kept, body);
  if (method === 'DELETE') {
    if (!kept.delete(path)) return error(404, 'resource_not_found_exception', `${path} not found`);
  } else kept.set(path, body);
  return [200, { acknowledged: true }];
};

const rollOver = ({ cluster, kept }: State, stream: string): Reply => {
  const indices = cluster.streams.get(stream) ?? [];
  const [, key = ''] = /^logs-clawdbot\.([a-z]+)-/.exec(stream) ?? [];
  // Safe: whatever was put there, only looked into.
  const template = kept.get(`/_component_template/clawdbot-${key}@mappings`) as
    | { template: { mappings: { _meta: { clawdbot_digest: unknown } } } }
    | undefined;
  const name = `.ds-${stream}-2026.11.29-${String(indices.length + 1).padStart(6, '0')}`;
  indices.push({ name, digest: template?.template.mappings._meta.clawdbot_digest });
  return [200, { acknowledged: true, rolled_over: true, new_index: name }];
};

const makeKey = (kept: Map<string, unknown>, body: unknown): Reply => {
  // Safe: what our own code sent, already held against the schema.
  const { name, role_descriptors } = body as { name: string; role_descriptors: unknown };
  const keys = (kept.get('/_security/api_key') ?? []) as object[];
  kept.set('/_security/api_key', [...keys, { id: `id-${name}`, name, role_descriptors }]);
  return [200, { id: `id-${name}`, name, encoded: `encoded-${name}` }];
};
