import type { Caller } from '../call.ts';

/** Whom a credential stands for, wherever the call comes from. */
export type Identity = Omit<Caller, 'address'>;

interface Attributes extends Pick<Identity, 'keyId' | 'scopes'> {
  readonly tenant: string | null;
  readonly models: ReadonlySet<string> | null;
  readonly policy: string | null;
}

/**
 * A credential without a tenant is one of its own. The prefix keeps a tenant somebody named `key:…` apart from the key of
 * that id.
 */
export const identityOf = ({ keyId, scopes, tenant, models, policy }: Attributes): Identity => ({
  keyId,
  scopes,
  tenant: tenant === null ? keyId : `tenant:${tenant}`,
  ...(models === null ? {} : { models }),
  ...(policy === null ? {} : { policy }),
});
