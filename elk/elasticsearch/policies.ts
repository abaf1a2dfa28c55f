import { compare } from '../compare.ts';
import { keyOf, type Resource } from '../resource.ts';
import { keptDays, STREAM_KEYS, STREAMS, type StreamKey } from '../streams.ts';
import { foreignRisk, MANAGED, type Shape } from './shape.ts';
import { SNAPSHOTS } from './snapshots.ts';

export const policyName = (key: StreamKey): string => `clawdbot-${key}`;

interface Phase {
  readonly min_age: string;
  readonly actions: Readonly<Record<string, unknown>>;
}

/** How a stream ages: written while hot, merged when warm, moved to cheap disks when cold, deleted when its days are over. */
export const policyOf = (key: StreamKey, { elk, tiers, without }: Shape) => {
  const days = keptDays(key, elk);
  const phases: Record<string, Phase> = { hot: hotPhase(key, elk.rollover) };
  if (elk.warmAfterDays < days) phases.warm = warmPhase(elk.warmAfterDays, tiers === 'hot-warm-cold');
  if (tiers !== 'one' && elk.coldAfterDays < days) phases.cold = coldPhase(elk);
  phases.delete = deletePhase(days, waitsForSnapshot(key, { elk, without }));
  return { phases, _meta: MANAGED };
};

/** What an auditor may ask for is deleted only when it was saved, where anything is. */
const waitsForSnapshot = (key: StreamKey, { elk, without }: Pick<Shape, 'elk' | 'without'>): boolean =>
  STREAMS[key].protected && elk.snapshots.repository !== undefined && !without.has('snapshots');

const hotPhase = (key: StreamKey, { maxShardBytes, maxAgeHours }: Shape['elk']['rollover']): Phase => ({
  min_age: '0ms',
  actions: {
    rollover: { max_primary_shard_size: `${maxShardBytes}b`, max_age: `${maxAgeHours}h` },
    set_priority: { priority: 100 },
    // Nothing can be written, changed or deleted in an index of the audit trail that is no longer the newest.
    ...(STREAMS[key].protected ? { readonly: {} } : {}),
  },
});

const warmPhase = (afterDays: number, isTier: boolean): Phase => ({
  min_age: `${afterDays}d`,
  actions: {
    ...(isTier ? {} : { migrate: { enabled: false } }),
    set_priority: { priority: 50 },
    readonly: {},
    forcemerge: { max_num_segments: 1 },
  },
});

const coldPhase = ({ coldAfterDays, replicas }: Shape['elk']): Phase => ({
  min_age: `${coldAfterDays}d`,
  actions: {
    set_priority: { priority: 0 },
    readonly: {},
    // Elasticsearch itself counts copies by the nodes of the tier where they are `auto`.
    ...(replicas === 'auto' ? {} : { allocate: { number_of_replicas: 0 } }),
  },
});

const deletePhase = (days: number, waits: boolean): Phase => ({
  min_age: `${days}d`,
  actions: {
    ...(waits ? { wait_for_snapshot: { policy: SNAPSHOTS } } : {}),
    delete: {},
  },
});

/** One policy for each stream: their days differ. */
export const policies = (shape: Shape): readonly Resource[] =>
  shape.without.has('ilm') ? [] : STREAM_KEYS.map((key) => policy(key, shape));

const policy = (key: StreamKey, shape: Shape): Resource => {
  const name = policyName(key);
  const path = `/_ilm/policy/${name}`;
  const body = { policy: policyOf(key, shape) };
  return {
    kind: 'policy',
    name,
    dependsOn: waitsForSnapshot(key, shape) ? [keyOf({ kind: 'snapshot-policy', name: SNAPSHOTS })] : [],
    needs: 'ilm',
    put: { method: 'PUT', path, body },
    get: { path },
    previous: (found) => ({ policy: bodyIn(found, name) }),
    same: (found) => compare(body.policy, bodyIn(found, name)),
    risk: (found) => foreignRisk(bodyIn(found, name)) ?? shorterRisk(bodyIn(found, name), body.policy),
  };
};

/** What is kept for fewer days than before is deleted at once, where it is old enough. */
const shorterRisk = (found: unknown, { phases }: Pick<ReturnType<typeof policyOf>, 'phases'>): string | undefined => {
  // Safe: only read, and what is not there is undefined.
  const before = (found as { phases?: { delete?: { min_age?: unknown } } } | undefined)?.phases?.delete?.min_age;
  const after = phases.delete?.min_age;
  if (found === undefined || after === undefined) return undefined;
  const hoursBefore = before === undefined ? Number.POSITIVE_INFINITY : hoursOf(String(before));
  return hoursBefore <= hoursOf(after)
    ? undefined
    : `documents would be deleted after ${after}, not ${before ?? 'never'}`;
};

const HOURS: Readonly<Record<string, number>> = { d: 24, h: 1, m: 1 / 60, s: 1 / 3600, ms: 1 / 3_600_000 };

/** A time span as Elasticsearch writes it; what cannot be read is longer than any, so that it is asked about. */
const hoursOf = (span: string): number => {
  const [, count, unit = ''] = /^([0-9]+)(d|h|m|s|ms)$/.exec(span) ?? [];
  return count === undefined ? Number.POSITIVE_INFINITY : Number(count) * (HOURS[unit] ?? 0);
};

// Safe: the answer of Elasticsearch; whatever is not where it should be is a difference.
const bodyIn = (found: unknown, name: string): unknown => (found as Record<string, { policy?: unknown }>)[name]?.policy;
