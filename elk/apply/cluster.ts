import type { Config } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { PROCESSORS_NEEDED } from '../elasticsearch/pipelines.ts';
import type { Tiers } from '../elasticsearch/shape.ts';
import type { Need } from '../resource.ts';
import { reasonIn, type Server } from './server.ts';

/** Failure stores and all that our templates say are there since. */
export const OLDEST = [9, 1] as const;

/** What a cluster is, as far as it decides what is put there. */
export interface Cluster {
  readonly version: string;
  readonly tiers: Tiers;
  /** What it does not have, with the reason; nobody decided that it should not. */
  readonly lacks: ReadonlyMap<Need, string>;
}

/** Asks a cluster what it is; throws where it is none that logs can be kept in. */
export const readCluster = async (server: Server, elk: Config['elk']): Promise<Cluster> => {
  const version = await readVersion(server);
  const nodes = await readNodes(server);
  const features = await readFeatures(server);
  await assertWritable(server);
  return {
    version,
    tiers: elk.tiers === 'auto' ? tiersOf(nodes.map(({ roles }) => roles)) : elk.tiers,
    lacks: new Map([...lackingProcessors(nodes), ...features]),
  };
};

const readVersion = async (server: Server): Promise<string> => {
  const { status, body } = await server.ask({ method: 'GET', path: '/' });
  // Safe: only read, and what is not there is undefined.
  const version = (body as { version?: { number?: unknown } } | undefined)?.version?.number;
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  if (status === 200 && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) return String(version);
  const got = typeof version === 'string' ? version : `status ${status}: ${reasonIn(body)}`;
  throw unfit(server, `Elasticsearch ${OLDEST.join('.')} or later`, got, 'upgrade it; nothing was changed');
};

interface ClusterNode {
  readonly roles: readonly string[];
  readonly processors: readonly string[];
}

interface NodesAnswer {
  readonly nodes?: Readonly<
    Record<string, { roles?: string[]; ingest?: { processors?: readonly { readonly type: string }[] } }>
  >;
}

const readNodes = async (server: Server): Promise<readonly ClusterNode[]> => {
  const { body } = await server.ask({ method: 'GET', path: '/_nodes/ingest' });
  // Safe: only read, and what is not there is undefined.
  return Object.values((body as NodesAnswer).nodes ?? {}).map(({ roles = [], ingest }) => ({
    roles,
    processors: (ingest?.processors ?? []).map(({ type }) => type),
  }));
};

/** A tier is one where a node has its role and not that of the tier before: logs move nowhere on a node that is all of them. */
export const tiersOf = (nodes: readonly (readonly string[])[]): Tiers => {
  const has = (tier: string) =>
    nodes.some((roles) => roles.includes(`data_${tier}`) && !roles.includes('data') && !roles.includes('data_hot'));
  if (!has('cold')) return 'one';
  return has('warm') ? 'hot-warm-cold' : 'hot-cold';
};

const lackingProcessors = (nodes: readonly ClusterNode[]): readonly (readonly [Need, string])[] => {
  const known = new Set(nodes.flatMap(({ processors }) => processors));
  const missing = PROCESSORS_NEEDED.filter((type) => !known.has(type));
  return missing.length === 0 ? [] : [['ingest', `no node has the processors ${missing.join(', ')}`]];
};

const FEATURES = { ilm: 'ilm', security: 'security', snapshots: 'slm', 'machine-learning': 'ml' } as const;

interface FeaturesAnswer {
  readonly features?: Readonly<Record<string, { readonly available?: boolean; readonly enabled?: boolean }>>;
}

/** A cluster that cannot say is taken to have everything: what it lacks after all, its refusals tell. */
const readFeatures = async (server: Server): Promise<readonly (readonly [Need, string])[]> => {
  const { status, body } = await server.ask({ method: 'GET', path: '/_xpack?categories=features' });
  if (status !== 200) return [];
  // Safe: only read, and what is not there is undefined.
  const { features = {} } = body as FeaturesAnswer;
  return Object.entries(FEATURES).flatMap(([need, name]) => {
    const feature = features[name];
    if (feature === undefined || (feature.available !== false && feature.enabled !== false)) return [];
    const why = feature.available === false ? 'its licence does not have it' : 'it is turned off there';
    // Safe: the keys of the table above.
    return [[need as Need, why] as const];
  });
};

interface SettingsAnswer {
  readonly persistent?: Readonly<Record<string, unknown>>;
  readonly transient?: Readonly<Record<string, unknown>>;
}

const READ_ONLY = ['cluster.blocks.read_only', 'cluster.blocks.read_only_allow_delete'];

const assertWritable = async (server: Server): Promise<void> => {
  const { body } = await server.ask({ method: 'GET', path: '/_cluster/settings?flat_settings=true' });
  // Safe: only read, and what is not there is undefined.
  const { persistent, transient } = body as SettingsAnswer;
  for (const [where, settings] of Object.entries({ persistent, transient })) {
    const block = READ_ONLY.find((name) => String(settings?.[name]) === 'true');
    if (block === undefined) continue;
    const advice = `PUT /_cluster/settings {"${where}":{"${block}":null}} when its cause is gone; nothing was changed`;
    throw unfit(server, 'a cluster that can be written to', `${block}: true`, advice);
  }
};

/** A cluster that is not as it must be, before anything was changed. */
export const unfit = ({ title }: Server, expected: string, got: string, advice: string): ServiceError =>
  new ServiceError('ERR_ELK_UNFIT', `${title}: expected ${expected}, got ${got}; ${advice}`);
