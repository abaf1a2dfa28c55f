import { CASES, type Case } from '../contract/api/cases.ts';
import type { ApiDocument } from '../contract/api/document.ts';
import type { Schema } from './schema-values.ts';

/** A good request of an operation, and what the document knows of its fields. */
export interface Sample {
  readonly operation: string;
  readonly method: string;
  /** The path as documented, with its parameters in braces. */
  readonly template: string;
  readonly path: string;
  readonly as: Scope;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body, where the document has one. */
  readonly schema?: Schema;
  readonly queryNames: readonly string[];
}

type Scope = 'inference' | 'metrics' | 'admin' | 'audit';

/** What the models of the contract tests are called there and here: what is loaded and unloaded is not what answers. */
const renamed = (text: string): string => text.replaceAll('slow', 'spare');

const JOBS: readonly Case[] = [
  { operation: 'listJobs', path: '/api/v1/jobs?limit=2' },
  { operation: 'getJob', path: '/api/v1/jobs/none' },
  { operation: 'watchJob', path: '/api/v1/jobs/none/events' },
  { operation: 'cancelJob', path: '/api/v1/jobs/none' },
].map((entry) => ({ ...entry, says: 'is a seed', status: 200, as: 'inference' }));

const SCOPES: ReadonlySet<string> = new Set<Scope>(['inference', 'metrics', 'admin', 'audit']);
const isScope = (credential: string): credential is Scope => SCOPES.has(credential);

/** The good requests of the contract tests, one list per operation: all that the document names. */
export const samplesOf = (document: ApiDocument): ReadonlyMap<string, readonly Sample[]> => {
  const seeds = [...CASES, ...JOBS].filter(({ status }) => status < 300);
  const samples = new Map<string, readonly Sample[]>();
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const own = seeds.filter((seed) => seed.operation === operation.operationId);
      if (own.length === 0)
        throw new Error(`${operation.operationId}: there is no good request to begin with; add one`);
      const known = { operation: operation.operationId, method: method.toUpperCase(), template, ...factsOf(operation) };
      samples.set(
        operation.operationId,
        own.map((seed) => ({ ...known, ...seedOf(seed) })),
      );
    }
  }
  return samples;
};

const seedOf = ({ path, as, headers = {}, body }: Case) => ({
  path: renamed(path),
  as: isScope(as) ? as : ('inference' as const),
  headers,
  ...(body === undefined ? {} : { body: JSON.parse(renamed(JSON.stringify(body))) }),
});

const factsOf = (operation: object): Pick<Sample, 'schema' | 'queryNames'> => {
  // Safe: another test holds the document against the schema of OpenAPI, which knows these members so.
  const { requestBody, parameters = [] } = operation as {
    requestBody?: { content: { 'application/json': { schema: Schema } } };
    parameters?: readonly { name: string; in: string }[];
  };
  const schema = requestBody?.content['application/json'].schema;
  return {
    ...(schema === undefined ? {} : { schema }),
    queryNames: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
  };
};
