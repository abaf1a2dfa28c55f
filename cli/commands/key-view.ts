import type { StoredKey } from '../../services/inference/auth/key-store.ts';
import type { Scope } from '../../services/inference/call.ts';
import { renderTable } from '../models/table.ts';

/** An API key as the command line shows it; null where there is no such thing. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'expired' | 'revoked';
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly tenant: string | null;
  readonly policy: string | null;
  readonly created: string | null;
  readonly expires: string | null;
  readonly lastUsed: string | null;
  readonly revoked: string | null;
}

/** Leaves out the hash. */
export const viewOf = (key: StoredKey, now: number): KeyView => ({
  id: key.id,
  name: key.name,
  state: stateOf(key, now),
  scopes: [...key.scopes],
  models: key.models === null ? null : [...key.models],
  tenant: key.tenant,
  policy: key.policy,
  created: timeOf(key.createdAt),
  expires: timeOf(key.expiresAt),
  lastUsed: timeOf(key.lastUsedAt),
  revoked: timeOf(key.revokedAt),
});

const stateOf = ({ revokedAt, expiresAt }: StoredKey, now: number): KeyView['state'] => {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
};

/** The one time format of the command line. */
export const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const HEAD = ['ID', 'STATE', 'SCOPES', 'MODELS', 'TENANT', 'CREATED', 'EXPIRES', 'LAST USED', 'NAME'];

/** The keys as lines for people. */
export const keyTable = (keys: readonly KeyView[]): string => {
  const rows = keys.map((key) => [
    key.id,
    key.state,
    key.scopes.join(','),
    key.models?.join(',') ?? 'all',
    key.tenant ?? '-',
    key.created ?? '',
    key.expires ?? 'never',
    key.lastUsed ?? 'never',
    key.name,
  ]);
  return renderTable(HEAD, rows);
};
