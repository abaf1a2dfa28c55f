import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { DataPaths } from '../../../core/config/paths.ts';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import type { Scope } from '../call.ts';
import { ensureLocalKeys, LOCAL_ALGORITHM } from './local-keys.ts';

export interface MintOptions {
  readonly paths: Pick<DataPaths, 'keys'>;
  readonly scopes: readonly Scope[];
  readonly subject: string;
  readonly ttlSeconds: number;
  /** What a single token is revoked by; default: a new UUID. */
  readonly jti?: string;
  /** The only models the token may know of; absent: all. */
  readonly models?: readonly string[] | undefined;
  /** Default: the token is a tenant of its own, by its subject. */
  readonly tenant?: string | undefined;
  /** Name of the redaction policy of its requests. */
  readonly policy?: string | undefined;
  /** Of the gateway that is to accept the token; default: the defaults of the configuration. */
  readonly jwt?: Pick<Config['auth']['jwt'], 'issuer' | 'audience'>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Signs a token with the key of the data folder (made where there is none), as its gateway accepts it. */
export const mintToken = async (options: MintOptions): Promise<string> => {
  const { paths, scopes, subject, ttlSeconds, models, tenant, policy } = options;
  const { jwt = configSchema.parse({}).auth.jwt, jti = randomUUID(), now = Date.now } = options;
  const { privateKey, kid } = await ensureLocalKeys(paths.keys);
  const issuedAt = Math.floor(now() / 1000);
  // Undefined claims vanish in JSON.
  return new SignJWT({ scope: scopes.join(' '), models, tenant, policy })
    .setProtectedHeader({ alg: LOCAL_ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(jwt.issuer)
    .setAudience(jwt.audience)
    .setSubject(subject)
    .setJti(jti)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(privateKey);
};
