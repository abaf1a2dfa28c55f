import { compare } from '../compare.ts';
import type { Resource } from '../resource.ts';
import { ALL_STREAMS, streamPattern } from '../streams.ts';
import { foreignRisk, MANAGED, type Shape } from './shape.ts';

interface Privileges {
  readonly about: string;
  readonly cluster: readonly string[];
  readonly indices: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[];
}

const AUDIT = streamPattern('audit');
const READ = ['read', 'view_index_metadata'];
/** All streams but the audit trail, which has readers of its own. */
const LOGS = (['app', 'engine', 'access', 'anomaly'] as const).map(streamPattern);

/** Who may do what, and no more. Nobody among them may change or delete a line. */
export const ROLES = {
  writer: {
    about: 'Filebeat and Logstash: create documents, nothing else.',
    cluster: ['monitor'],
    indices: [{ names: [ALL_STREAMS], privileges: ['create_doc', 'auto_configure'] }],
  },
  reader: {
    about: 'People and boards: search all logs but the audit trail.',
    cluster: ['monitor'],
    indices: [{ names: LOGS, privileges: READ }],
  },
  auditor: {
    about: 'Who reads the audit trail, as scope `audit` does in the service.',
    cluster: ['monitor'],
    indices: [{ names: [AUDIT], privileges: READ }],
  },
  detector: {
    about: 'The anomaly detector: search logs, create documents of its own stream.',
    cluster: ['monitor'],
    indices: [
      { names: LOGS, privileges: READ },
      { names: [streamPattern('anomaly')], privileges: ['create_doc', 'auto_configure'] },
    ],
  },
  admin: {
    about: '`clawdbot elk apply`: templates, policies, pipelines, rollovers; reads no log.',
    cluster: [
      'monitor',
      'manage_ilm',
      'manage_index_templates',
      'manage_ingest_pipelines',
      'manage_slm',
      'manage_security',
    ],
    indices: [{ names: [ALL_STREAMS], privileges: ['manage', 'view_index_metadata', 'monitor'] }],
  },
} as const satisfies Record<string, Privileges>;

export type RoleKey = keyof typeof ROLES;

// Safe: the keys of a table that is written out above.
export const ROLE_KEYS = Object.keys(ROLES) as readonly RoleKey[];

export const roleName = (key: RoleKey): string => `clawdbot-${key}`;

/** What Elasticsearch takes as a role, and as the limits of an API key. */
export const descriptorOf = (key: RoleKey) => ({
  cluster: ROLES[key].cluster,
  indices: ROLES[key].indices,
  metadata: { ...MANAGED, about: ROLES[key].about },
});

export const roles = ({ without }: Shape): readonly Resource[] => (without.has('security') ? [] : ROLE_KEYS.map(role));

const role = (key: RoleKey): Resource => {
  const name = roleName(key);
  const path = `/_security/role/${name}`;
  const body = descriptorOf(key);
  // Safe: the answer of Elasticsearch; whatever is not where it should be is a difference.
  const roleIn = (found: unknown) => (found as Record<string, unknown>)[name];
  return {
    kind: 'role',
    name,
    dependsOn: [],
    needs: 'security',
    put: { method: 'PUT', path, body },
    get: { path },
    previous: roleIn,
    same: (found) => compare(body, roleIn(found)),
    risk: (found) => foreignRisk(roleIn(found), 'metadata'),
  };
};
