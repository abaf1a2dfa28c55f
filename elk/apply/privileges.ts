import { ServiceError } from '../../core/errors/service-error.ts';
import { ROLES } from '../elasticsearch/roles.ts';
import type { Shape } from '../elasticsearch/shape.ts';
import type { Need } from '../resource.ts';
import { SECTION } from './elasticsearch.ts';
import { reasonIn, type Server } from './server.ts';

/** Which privileges a feature needs, so that none is asked for that nothing uses. */
const OF_FEATURES: ReadonlyMap<string, Need> = new Map([
  ['manage_ilm', 'ilm'],
  ['manage_ingest_pipelines', 'ingest'],
  ['manage_slm', 'snapshots'],
  ['manage_security', 'security'],
]);

interface PrivilegesAnswer {
  readonly has_all_requested?: boolean;
  readonly username?: string;
  readonly cluster?: Readonly<Record<string, boolean>>;
  readonly index?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
}

/** Throws where the login may not do all that is going to be done: better nothing than half of it. */
export const assertPrivileges = async (server: Server, { without, elk }: Shape): Promise<void> => {
  if (without.has('security')) return;
  const isNeeded = (privilege: string): boolean => {
    const need = OF_FEATURES.get(privilege);
    if (need === 'snapshots' && elk.snapshots.repository === undefined) return false;
    return need === undefined || !without.has(need);
  };
  const { cluster, indices } = ROLES.admin;
  const answer = await server.ask({
    method: 'POST',
    path: '/_security/user/_has_privileges',
    body: { cluster: cluster.filter(isNeeded), index: indices },
  });
  // Safe: only read, and what is not there is undefined.
  const found = (answer.body ?? {}) as PrivilegesAnswer;
  if (answer.status === 200 && found.has_all_requested === true) return;
  const missing = [found.cluster, ...Object.values(found.index ?? {})].flatMap((privileges = {}) =>
    Object.entries(privileges).flatMap(([name, has]) => (has ? [] : [name])),
  );
  const got = answer.status === 200 ? `without ${missing.join(', ')}` : `${answer.status}: ${reasonIn(answer.body)}`;
  throw new ServiceError(
    'ERR_ELK_LOGIN',
    `${server.title}: expected a login with the privileges of the role clawdbot-admin, got one ${got}; use another in ${SECTION}, or --without security where security is off; nothing was changed`,
  );
};
