import type { Config } from '../../core/config/schema.ts';
import type { Need } from '../resource.ts';

/** Tiers that logs move through, in that order; the first always is hot. */
export type Tiers = 'one' | 'hot-cold' | 'hot-warm-cold';

/** What everything on the store is rendered from: settings, and what the cluster is. */
export interface Shape {
  readonly elk: Config['elk'];
  readonly tiers: Tiers;
  /** What the cluster lacks, or was told to do without. */
  readonly without: ReadonlySet<Need>;
}

/** The shape where nobody asked the cluster: with every part, and `auto` as the longest way, which shorter ones fall back from. */
export const plainShape = (elk: Config['elk']): Shape => ({
  elk,
  tiers: elk.tiers === 'auto' ? 'hot-warm-cold' : elk.tiers,
  without: new Set(),
});

/** What everything of ours carries, so that nobody mends by hand what the next apply would undo. */
export const MANAGED = { managed_by: 'clawdbot elk apply' } as const;

/** Something of our name that we did not make. */
export const foreignRisk = (found: unknown, marks: '_meta' | 'metadata' = '_meta'): string | undefined => {
  if (typeof found !== 'object' || found === null || Object.keys(found).length === 0) return undefined;
  // Safe: any object has members of some kind, and this one is only compared.
  const mark = (found as Record<string, { managed_by?: unknown } | undefined>)[marks];
  return mark?.managed_by === MANAGED.managed_by ? undefined : 'it was not made by `clawdbot elk apply`';
};
