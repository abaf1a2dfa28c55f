import { compare } from '../compare.ts';
import type { Resource } from '../resource.ts';
import { ALL_STREAMS } from '../streams.ts';
import { MANAGED, type Shape } from './shape.ts';

export const SNAPSHOTS = 'clawdbot-nightly';

/** The streams saved every night, where the configuration names a repository. Restoring is a person's decision. */
export const snapshots = ({ elk, without }: Shape): readonly Resource[] => {
  const { repository, keptDays } = elk.snapshots;
  if (repository === undefined || without.has('snapshots')) return [];
  const path = `/_slm/policy/${SNAPSHOTS}`;
  const body = {
    name: '<clawdbot-{now/d}>',
    schedule: '0 30 1 * * ?',
    repository,
    config: {
      indices: [ALL_STREAMS],
      include_global_state: false,
      feature_states: ['none'],
      metadata: MANAGED,
    },
    retention: { expire_after: `${keptDays}d`, min_count: 5, max_count: 200 },
  };
  return [
    {
      kind: 'snapshot-policy',
      name: SNAPSHOTS,
      dependsOn: [],
      needs: 'snapshots',
      put: { method: 'PUT', path, body },
      get: { path },
      previous: policyIn,
      same: (found) => compare(body, policyIn(found)),
    },
  ];
};

// Safe: the answer of Elasticsearch; whatever is not where it should be is a difference.
const policyIn = (found: unknown): unknown => (found as Record<string, { policy?: unknown }>)[SNAPSHOTS]?.policy;
