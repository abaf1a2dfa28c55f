import { checkMembers, checkValue } from './check-value.ts';
import { type Endpoint, elasticModel, keyOfType, type Property } from './model.ts';

interface Request {
  readonly method: string;
  /** With the query, without the host. */
  readonly path: string;
  readonly body?: unknown;
}

/** Query parameters that every endpoint takes. */
const COMMON = ['error_trace', 'filter_path', 'human', 'pretty'];

/**
 * Everything in which a request differs from Elastic's own schema of its API; empty: it is one that Elasticsearch knows.
 * What the schema leaves open (options of plugins, scripts) is not judged.
 */
export const checkRequest = ({ method, path, body }: Request): readonly string[] => {
  const url = new URL(path, 'http://store');
  const endpoint = findEndpoint(method, url.pathname);
  if (endpoint === undefined) return [`${method} ${url.pathname}: no endpoint of Elasticsearch`];
  const type = endpoint.request === null ? undefined : elasticModel().types.get(keyOfType(endpoint.request));
  if (type === undefined) return [`${endpoint.name}: the schema does not describe its request`];
  const known = new Set([
    ...(type.query ?? []).map(({ name }: Property) => name),
    ...COMMON,
    ...commonOf(type.attachedBehaviors),
  ]);
  const queries = [...url.searchParams.keys()].filter((key) => !known.has(key));
  return [
    ...queries.map((key) => `${endpoint.name}?${key}: unknown query parameter`),
    ...checkBody(endpoint, type.body, body, type),
  ];
};

const commonOf = (behaviors: readonly string[] = []): readonly string[] =>
  behaviors.includes('CommonCatQueryParameters') ? ['format', 'h', 's', 'v', 'bytes', 'time'] : [];

const checkBody = (
  { name }: Endpoint,
  wanted: NonNullable<Parameters<typeof checkMembers>[2]['body']> | undefined,
  body: unknown,
  type: Parameters<typeof checkMembers>[2],
): readonly string[] => {
  if (wanted === undefined || wanted.kind === 'no_body') return body === undefined ? [] : [`${name}: takes no body`];
  if (wanted.kind === 'value') return checkValue(body, wanted.value, name);
  if (typeof body !== 'object' || body === null) return body === undefined ? [] : [`${name}: the body is no mapping`];
  // Safe: any object has members of some kind, and each is looked at.
  return checkMembers(body as Readonly<Record<string, unknown>>, wanted.properties, type, name);
};

/** The endpoint with the most literal path that fits. */
const findEndpoint = (method: string, path: string): Endpoint | undefined => {
  const parts = path.split('/').filter((part) => part !== '');
  const fitting = elasticModel().endpoints.flatMap((endpoint) =>
    endpoint.urls
      .filter((url) => url.methods.includes(method) && fits(url.path, parts))
      .map((url) => ({ endpoint, holes: url.path.split('{').length })),
  );
  return fitting.toSorted((one, other) => one.holes - other.holes)[0]?.endpoint;
};

const fits = (template: string, parts: readonly string[]): boolean => {
  const wanted = template.split('/').filter((part) => part !== '');
  if (wanted.length !== parts.length) return false;
  return wanted.every((part, index) => {
    const got = parts[index] ?? '';
    // No index begins with an underscore: what does is a word of the API that this endpoint does not have there.
    return part.startsWith('{') ? !got.startsWith('_') || got === '_all' : part === got;
  });
};
