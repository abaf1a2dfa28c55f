import type { Config } from '../../core/config/schema.ts';
import { elasticsearchResources } from '../elasticsearch/resources.ts';
import type { Shape } from '../elasticsearch/shape.ts';
import type { Need } from '../resource.ts';
import { carryOut } from './carry-out.ts';
import { type Cluster, readCluster, unfit } from './cluster.ts';
import { type Flow, readFlow } from './flow.ts';
import { awaitHealth } from './health.ts';
import { type KeyStep, planKeys } from './keys.ts';
import { assertHarmless, planFor, type Step } from './plan.ts';
import { assertPrivileges } from './privileges.ts';
import { assertStreamsWritable, type FoundStream, findStreams, rollOver } from './rollover.ts';
import type { Server } from './server.ts';

export interface ApplyOptions {
  readonly elk: Config['elk'];
  /** What a person said to do without. */
  readonly without: ReadonlySet<Need>;
  readonly allowDestructive: boolean;
  /** Only say what would be done. */
  readonly isDryRun: boolean;
  /** Folder that API keys of our programs are made in; absent: none are. */
  readonly keys?: string;
  readonly healthSeconds: number;
}

/** What is to be done, or was. */
export interface Outcome {
  readonly cluster: Cluster;
  readonly steps: readonly Step[];
  readonly rollovers: readonly FoundStream[];
  readonly keys: readonly KeyStep[];
  /** What was left out, and why. */
  readonly leftOut: ReadonlyMap<Need, string>;
}

/** Needs that may be missing without a word from anybody: they guard or save, and logs flow without them. */
const MAY_LACK: ReadonlySet<Need> = new Set(['security', 'snapshots', 'machine-learning']);

/**
 * Brings Elasticsearch to what the configuration says. Everything that can be known beforehand is asked first, so that
 * nothing is begun that cannot be ended; then the changes in their order, then a new index for each stream whose newest
 * was made from other templates.
 */
export const applyToElasticsearch = async (server: Server, options: ApplyOptions): Promise<Outcome> => {
  const survey = await surveyOf(server, options);
  const { shape, outcome } = survey;
  await awaitHealth(server, options.healthSeconds);
  await assertPrivileges(server, shape);
  await assertStreamsWritable(server, await findStreams(server, shape));
  if (!options.allowDestructive) assertHarmless(outcome.steps);
  const keys = options.keys === undefined || shape.without.has('security') ? [] : await planKeys(server, options.keys);
  if (options.isDryRun) return { ...outcome, keys };
  await carryOut(server, outcome.steps, () => {});
  for (const stream of outcome.rollovers) await rollOver(server, stream);
  for (const key of keys) await key.run();
  await awaitHealth(server, options.healthSeconds);
  return { ...outcome, keys };
};

export interface CheckOutcome extends Outcome {
  readonly flows: readonly Flow[];
  readonly health: string;
}

/** What differs from the configuration, and what does not flow. Reads only. */
export const checkElasticsearch = async (
  server: Server,
  options: Pick<ApplyOptions, 'elk' | 'without' | 'healthSeconds'> & {
    readonly maxAgeSeconds: number;
    readonly now: () => number;
  },
): Promise<CheckOutcome> => {
  const { shape, outcome } = await surveyOf(server, options);
  const health = await awaitHealth(server, options.healthSeconds);
  return { ...outcome, health, flows: await readFlow(server, shape, options) };
};

const surveyOf = async (server: Server, { elk, without }: Pick<ApplyOptions, 'elk' | 'without'>) => {
  const cluster = await readCluster(server, elk);
  const leftOut = leftOutOf(server, cluster, without);
  const shape: Shape = { elk, tiers: cluster.tiers, without: new Set(leftOut.keys()) };
  const steps = await planFor(server, elasticsearchResources(shape));
  const streams = await findStreams(server, shape);
  const rollovers = streams.filter(({ isOutdated }) => isOutdated);
  return { shape, outcome: { cluster, steps, rollovers, keys: [], leftOut } satisfies Outcome };
};

const leftOutOf = (server: Server, { lacks }: Cluster, without: ReadonlySet<Need>): ReadonlyMap<Need, string> => {
  for (const [need, reason] of lacks) {
    if (without.has(need) || MAY_LACK.has(need)) continue;
    throw unfit(server, `a cluster with ${need}`, `one without: ${reason}`, `mend that, or add --without ${need}`);
  }
  return new Map([...lacks, ...[...without].map((need) => [need, 'asked for with --without'] as const)]);
};
