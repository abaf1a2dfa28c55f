import { drawUntil, type Random } from '../redaction/random.ts';
import { mutateBody } from './mutate-body.ts';
import { mutateHeaders, mutateMethod, mutatePath, mutateQuery } from './mutate-head.ts';
import type { Sample } from './samples.ts';
import { type FindSchema, valueFor } from './schema-values.ts';

/** One request as it will be sent. */
export interface Plan {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Where the document describes the answer; undefined: the route is not the documented one any more. */
  readonly template: string | undefined;
}

export interface Material {
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly find: FindSchema;
  readonly tokenOf: (scope: string) => string;
}

/** Share of requests to what costs much or changes the gateway; without the right scope they are refused. */
const RARE: Readonly<Record<string, number>> = {
  loadModel: 0.02,
  unloadModel: 0.02,
  setBreaker: 0.2,
  setReplicas: 0.05,
  setLimits: 0.2,
  setShedding: 0.2,
  readAudit: 0.5,
  getAuditHead: 0.3,
  purgeData: 0.2,
  getMetrics: 0.5,
};
const MOST_REPLICAS = 2;

/** Large answers say little more the hundredth time: of these operations only so large a share is asked for. */
const SHARES: Readonly<Record<string, number>> = {
  getOpenApi: 0.05,
  getDocsFile: 0.1,
  getMetrics: 0.2,
  readAudit: 0.15,
};

/** Draws a request: a good one of some operation, changed in its body, its head or its line. */
export const drawPlan = ({ samples, find, tokenOf }: Material, random: Random): Plan => {
  const operation = drawUntil(
    () => random.pick([...samples.keys()]),
    (id) => random.chance(SHARES[id] ?? 1),
  );
  const sample = random.pick(samples.get(operation) ?? []);
  const body = bodyOf(sample, find, random);
  const isAllowed = random.chance(RARE[sample.operation] ?? 0.95) && !isCostly(sample, body);
  const scope = isAllowed ? sample.as : random.pick(OTHERS[sample.as]);
  const headers: Record<string, string> = {
    authorization: `Bearer ${tokenOf(scope)}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...sample.headers,
  };
  if (random.chance(0.2)) mutateHeaders(headers, random);
  const hasOddQuery = random.chance(sample.queryNames.length > 0 ? 0.6 : 0.05);
  const line = hasOddQuery ? mutateQuery(sample.path, sample.queryNames, random) : sample.path;
  const isMoved = random.chance(0.06);
  const method = random.chance(0.04) ? mutateMethod(random) : sample.method;
  return {
    operation: sample.operation,
    method,
    path: isMoved ? mutatePath(line, random) : line,
    headers,
    body: method === 'TRACE' || method === 'HEAD' ? undefined : body,
    template: isMoved || method !== sample.method ? undefined : sample.template,
  };
};

const OTHERS: Readonly<Record<Sample['as'], readonly string[]>> = {
  inference: ['metrics', 'audit'],
  metrics: ['inference'],
  admin: ['inference', 'metrics', 'audit'],
  audit: ['admin', 'inference'],
};

const bodyOf = (sample: Sample, find: FindSchema, random: Random): Buffer | undefined => {
  const { schema, body } = sample;
  if (schema === undefined && body === undefined) return random.chance(0.02) ? Buffer.from('{"a":1}') : undefined;
  const names = schema === undefined ? [] : Object.keys(find(schema).properties ?? {});
  if (schema === undefined || random.chance(0.5)) return mutateBody(body ?? {}, names, random);
  const made = valueFor(schema, find, random);
  const isMerged = typeof made === 'object' && typeof body === 'object' && random.chance(0.8);
  return mutateBody(isMerged ? { ...made, ...body } : made, names, random);
};

/** Every replica is a process, and dozens of them would test this machine instead of the gateway. */
const isCostly = ({ operation }: Sample, body: Buffer | undefined): boolean =>
  operation === 'setReplicas' && [...String(body).matchAll(/\d+/g)].some(([digits]) => Number(digits) > MOST_REPLICAS);
