import { ServiceError } from '../../core/errors/service-error.ts';
import { type Difference, keyOf, type Resource } from '../resource.ts';
import { reasonIn, type Server } from './server.ts';

/** What has to be done about one resource. */
export interface Step {
  readonly resource: Resource;
  readonly action: 'create' | 'change' | 'none';
  readonly differences: readonly Difference[];
  /** What was there; `undefined`: nothing. */
  readonly found?: unknown;
  /** What could not be taken back. */
  readonly risk?: string;
}

/** Compares everything with what is there. Reads only. */
export const planFor = async (server: Server, resources: readonly Resource[]): Promise<readonly Step[]> => {
  const steps: Step[] = [];
  for (const resource of resources) steps.push(await stepFor(server, resource));
  return steps;
};

const stepFor = async (server: Server, resource: Resource): Promise<Step> => {
  const { status, body } = await server.ask({ method: 'GET', path: resource.get.path });
  if (status === 404) return { resource, action: 'create', differences: [{ at: '', expected: 'it', got: undefined }] };
  if (status !== 200) {
    throw new ServiceError(
      'ERR_ELK_UNFIT',
      `${server.title}: ${keyOf(resource)}: expected it or 404, got ${status}: ${reasonIn(body)}; nothing was changed`,
    );
  }
  const differences = resource.same(body);
  if (differences.length === 0) return { resource, action: 'none', differences };
  const risk = resource.risk?.(body);
  return { resource, action: 'change', differences, found: body, ...(risk === undefined ? {} : { risk }) };
};

/** Throws where a step cannot be taken back and nobody allowed that. */
export const assertHarmless = (steps: readonly Step[]): void => {
  const risky = steps.flatMap(({ resource, risk }) => (risk === undefined ? [] : [`${keyOf(resource)}: ${risk}`]));
  if (risky.length === 0) return;
  throw new ServiceError(
    'ERR_ELK_DESTRUCTIVE',
    `expected changes that can be taken back, got: ${risky.join('; ')}; add --allow-destructive to do it all the same, nothing was changed`,
  );
};
