import type { DataPaths } from '../../../core/config/paths.ts';
import type { Config } from '../../../core/config/schema.ts';
import { keySetRows } from '../../../core/egress/implied.ts';
import { createWayOut, type WayOut } from '../../../core/egress/way-out.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Caller, Scope } from '../call.ts';
import { looksLikeApiKey } from './api-keys.ts';
import { createGatehouse } from './gatehouse.ts';
import { createKeyRing, type Identity } from './key-ring.ts';
import { openKeyStore } from './key-store.ts';
import { ensureLocalKeys } from './local-keys.ts';
import { createTokenCache } from './token-cache.ts';
import { openTokenKeys } from './token-keys.ts';
import { createTokenVerifier } from './token-verifier.ts';

export interface AuthOptions {
  readonly config: Config['auth'];
  readonly server: Pick<Config['server'], 'trustedProxies'>;
  readonly paths: Pick<DataPaths, 'keys' | 'authDb'>;
  /** Default: one that reaches the configured key set and nothing else. */
  readonly wayOut?: Pick<WayOut, 'open'>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Who may call, and as whom. */
export interface Auth {
  /** The client address after trusted proxies, normalised; throws ERR_AUTH_ADDRESS outside the allow-list. */
  checkAddress(remote: string, headers: { readonly forwardedFor?: string }): string;
  /** Synchronous for API keys and for tokens seen before; throws or rejects with a 401 that does not say why. */
  verify(authorization: string | undefined, address: string): Caller | Promise<Caller>;
  /** Throws ERR_AUTH_SCOPE when the caller lacks the scope. */
  requireScope(caller: Caller, scope: Scope): void;
  /** Takes over what applies while running: the allow-list. */
  update(config: Config['auth']): void;
  stop(): void;
}

/** Opens keys and database, made where there are none, and compiles the checks. */
export const createAuth = async (options: AuthOptions): Promise<Auth> => {
  const { config, paths, log, now = Date.now } = options;
  const local = await ensureLocalKeys(paths.keys);
  const gatehouse = createGatehouse(config.allow, options.server.trustedProxies);
  const store = openKeyStore({ file: paths.authDb, pepper: local.pepper, now });
  const onError = (error: unknown) => log.warn('api_keys.unreadable', { err: error });
  const ring = createKeyRing({ store, pepper: local.pepper, now, onError });
  const wayOut = options.wayOut ?? createWayOut({ rows: keySetRows(config) });
  const opening = openTokenKeys({ config: config.jwt, local, wayOut, now, log, onChange: () => tokens.clear() });
  const keys = await opening.catch((error: unknown) => {
    ring.stop();
    throw error;
  });
  const verifyToken = createTokenVerifier(config.jwt, keys, now);
  const tokens = createTokenCache({ verify: verifyToken, maxEntries: config.cacheEntries, now });

  return {
    checkAddress: (remote, { forwardedFor }) => gatehouse.check(remote, forwardedFor),
    verify(authorization, address) {
      const credential = credentialIn(authorization);
      const identity = looksLikeApiKey(credential) ? ring.identify(credential) : tokens.verify(credential);
      return identity instanceof Promise
        ? identity.then((known) => toCaller(known, address))
        : toCaller(identity, address);
    },
    requireScope(caller, scope) {
      if (caller.scopes.has(scope)) return;
      const message = `scope: expected a credential with the scope ${scope}, got one without it`;
      throw new ServiceError('ERR_AUTH_SCOPE', message, { details: { scope } });
    },
    update(next) {
      gatehouse.update(next.allow);
    },
    stop() {
      keys.stop();
      ring.stop();
    },
  };
};

const BEARER = /^bearer +([^\s]+) *$/i;

const credentialIn = (authorization: string | undefined): string => {
  if (authorization === undefined || authorization === '') {
    const message = 'authorization: expected `Bearer <token or key>`, got nothing; mint one with `clawdbot token mint`';
    throw new ServiceError('ERR_AUTH_CREDENTIAL_MISSING', message);
  }
  const credential = BEARER.exec(authorization)?.[1];
  if (credential === undefined) throw invalidCredential();
  return credential;
};

const toCaller = (identity: Identity | undefined, address: string): Caller => {
  if (identity === undefined) throw invalidCredential();
  const { keyId, scopes } = identity;
  return { keyId, tenant: keyId, scopes, address };
};

// One message for every reason: which one it was helps only who tries keys.
const invalidCredential = (): ServiceError =>
  new ServiceError(
    'ERR_AUTH_CREDENTIAL_INVALID',
    'authorization: expected a valid credential, got one that is not; mint a new one',
  );
