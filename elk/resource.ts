/** What can be asked of the far side; what lacks it is left out with its reason, never half done. */
export type Need = 'ilm' | 'ingest' | 'security' | 'snapshots' | 'failure-store' | 'machine-learning';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One request, its path without a host. */
export interface Call {
  readonly method: Method;
  readonly path: string;
  /** An array: each of its members is a line of its own. */
  readonly body?: unknown;
}

/** One thing that is not as it should be. */
export interface Difference {
  /** Where in the resource, as `settings.index.number_of_shards`; empty: the whole. */
  readonly at: string;
  readonly expected: unknown;
  /** `undefined`: it is not there. */
  readonly got: unknown;
}

/**
 * One thing that we keep on a store or on Kibana. Data only: `elk/apply/` compares it with what is there, shows the
 * difference and puts it. Everything is named `clawdbot-…`, and what is not is never touched.
 */
export interface Resource {
  readonly kind: string;
  readonly name: string;
  /** Keys (`keyOf`) of what must be there before; each of the same set. */
  readonly dependsOn: readonly string[];
  readonly put: Call;
  /** Where making it is another request than changing it. */
  readonly create?: Call;
  readonly get: { readonly path: string };
  /** What differs between what `get` answered and what `put` would leave; empty: nothing to do. */
  readonly same: (found: unknown) => readonly Difference[];
  /** The body that puts back what `get` answered, when a later step fails; absent: it stays as it was put. */
  readonly previous?: (found: unknown) => unknown;
  readonly needs?: Need;
  /** What could not be taken back if `found` were replaced, in words; absent or `undefined`: nothing. */
  readonly risk?: (found: unknown) => string | undefined;
}

/** `ilm-policy/clawdbot-app`. */
export const keyOf = ({ kind, name }: Pick<Resource, 'kind' | 'name'>): string => `${kind}/${name}`;

/**
 * The resources in an order in which each comes after what it depends on, and else as they are listed. Throws where one
 * depends on what is not there or on itself.
 */
export const inOrder = (resources: readonly Resource[]): readonly Resource[] => {
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]));
  const placed = new Map<string, Resource>();
  const place = (resource: Resource, above: readonly string[]): void => {
    const key = keyOf(resource);
    if (placed.has(key)) return;
    if (above.includes(key)) throw new TypeError(`${[...above, key].join(' -> ')}: a resource that depends on itself`);
    for (const needed of resource.dependsOn) {
      const other = byKey.get(needed);
      if (other === undefined) throw new TypeError(`${key} depends on ${needed}, which is not among the resources`);
      place(other, [...above, key]);
    }
    placed.set(key, resource);
  };
  for (const resource of resources) place(resource, []);
  return [...placed.values()];
};
