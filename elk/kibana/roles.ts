import { compare } from '../compare.ts';
import { ROLES } from '../elasticsearch/roles.ts';
import type { Resource } from '../resource.ts';
import { type KibanaSettings, spaceKeys } from './space.ts';

/** Who looks at logs in Kibana. The audit trail has viewers of its own, as it has readers of its own. */
const VIEWERS = {
  'clawdbot-viewer': { about: 'Searches logs and reads boards; not the audit trail.', indices: ROLES.reader.indices },
  'clawdbot-audit-viewer': { about: 'Searches the audit trail.', indices: ROLES.auditor.indices },
} as const;

/** Features of Kibana that a viewer may read. */
const FEATURES = { discover_v2: ['read'], dashboard_v2: ['read'] } as const;

export const kibanaRoles = (settings: KibanaSettings): readonly Resource[] =>
  Object.entries(VIEWERS).map(([name, { about, indices }]) => {
    const path = `/api/security/role/${name}`;
    const body = {
      description: about,
      elasticsearch: { cluster: [], indices, run_as: [] },
      kibana: [{ base: [], feature: FEATURES, spaces: [settings.kibana.space] }],
    };
    return {
      kind: 'kibana-role',
      name,
      dependsOn: spaceKeys(settings),
      put: { method: 'PUT', path, body },
      get: { path },
      previous: partsOf,
      same: (found) => compare(body, found),
    };
  });

/** Kibana says more of a role than it takes back. */
const partsOf = (found: unknown): unknown => {
  // Safe: the answer of Kibana; what is not there is left out.
  const { description, elasticsearch, kibana } = found as Readonly<Record<string, unknown>>;
  return { description, elasticsearch, kibana };
};
