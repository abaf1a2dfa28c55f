import type { DataPaths } from '../../../core/config/paths.ts';
import type { Config } from '../../../core/config/schema.ts';
import { keySetRows } from '../../../core/egress/implied.ts';
import { createWayOut, type WayOut } from '../../../core/egress/way-out.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { createSteadyClock } from '../../../core/resilience/steady-clock.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { Caller, Scope } from '../call.ts';
import { compileBindings, type ReadCertificate } from './certificate-bindings.ts';
import { createCredentialCheck, type Refusal } from './credential-check.ts';
import { followStore } from './follow-store.ts';
import { createGatehouse } from './gatehouse.ts';
import { createKeyRing } from './key-ring.ts';
import { openKeyStore } from './key-store.ts';
import { ensureLocalKeys } from './local-keys.ts';
import { createRevocations } from './revocations.ts';
import { createThrottle } from './throttle.ts';
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
  /** The same, through steps of the clock: for what is remembered for a time. Default: `now` where it is given. */
  readonly steadyNow?: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Where it is written down who made and ended keys and tokens; absent: that waits in the database. */
  readonly audit?: Pick<Logger, 'info'>;
  readonly telemetry?: Pick<Telemetry, 'counter' | 'gauge'>;
}

type Clocks = Required<Pick<AuthOptions, 'now' | 'steadyNow'>>;

/** Who may call, and as whom. */
export interface Auth {
  /** The client address after trusted proxies, normalised; throws ERR_AUTH_ADDRESS outside the allow-list. */
  checkAddress(remote: string, headers: { readonly forwardedFor?: string }): string;
  /**
   * Synchronous for API keys and for tokens seen before; throws or rejects with a 401 that does not say why, or with 429.
   * Without `readCertificate` the connection has none.
   */
  verify(
    authorization: string | undefined,
    address: string,
    readCertificate?: ReadCertificate,
  ): Caller | Promise<Caller>;
  /** Throws ERR_AUTH_SCOPE when the caller lacks the scope. */
  requireScope(caller: Caller, scope: Scope): void;
  /** Takes over what applies while running: the allow-list, the throttle, the bound certificates. */
  update(config: Config['auth']): void;
  stop(): void;
}

const NO_CERTIFICATE: ReadCertificate = () => undefined;

/** Opens keys and database, made where there are none, and compiles the checks. */
export const createAuth = async (options: AuthOptions): Promise<Auth> => {
  const { config, log, telemetry, now = Date.now, steadyNow = options.now ?? createSteadyClock() } = options;
  const credentials = await openCredentials(options, { now, steadyNow });
  const gatehouse = createGatehouse(config.allow, options.server.trustedProxies);
  const throttle = createThrottle(config.throttle, steadyNow);
  let bindings = compileBindings(config.mtls);
  telemetry?.gauge('apiKeyExpiry', () => {
    const at = credentials.ring.nextExpiry();
    return at === undefined ? [] : [{ value: at / 1000 }];
  });
  const onRefused = (reason: Refusal) => telemetry?.counter('authRefusals', { reason });
  const check = createCredentialCheck({
    ...credentials,
    throttle,
    bindings: () => bindings,
    onRefused,
    onThrottled: (address) => log.warn('credentials.throttled', { 'client.ip': address }),
  });

  return {
    checkAddress(remote, { forwardedFor }) {
      try {
        return gatehouse.check(remote, forwardedFor);
      } catch (error) {
        onRefused('address');
        throw error;
      }
    },
    verify: (authorization, address, readCertificate = NO_CERTIFICATE) =>
      check(authorization, address, readCertificate),
    requireScope(caller, scope) {
      if (caller.scopes.has(scope)) return;
      onRefused('scope');
      const message = `scope: expected a credential with the scope ${scope}, got one without it`;
      throw new ServiceError('ERR_AUTH_SCOPE', message, { details: { scope } });
    },
    update(next) {
      gatehouse.update(next.allow);
      throttle.update(next.throttle);
      bindings = compileBindings(next.mtls);
    },
    stop: credentials.stop,
  };
};

/** What credentials are held against, and what keeps it fresh. */
const openCredentials = async ({ config, paths, log, audit, ...options }: AuthOptions, { now, steadyNow }: Clocks) => {
  const local = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper: local.pepper, now });
  const wayOut = options.wayOut ?? createWayOut({ rows: keySetRows(config) });
  const opening = openTokenKeys({
    config: config.jwt,
    local,
    wayOut,
    now: steadyNow,
    log,
    onChange: () => tokens.clear(),
  });
  const keys = await opening.catch((error: unknown) => {
    store.close();
    throw error;
  });
  const tokens = createTokenCache({
    verify: createTokenVerifier(config.jwt, keys, now),
    maxEntries: config.cacheEntries,
    ...{ now, steadyNow },
  });
  const ring = createKeyRing({ store, pepper: local.pepper, now });
  const revocations = createRevocations(store);
  const onError = (error: unknown) => log.warn('api_keys.unreadable', { err: error });
  const following = followStore({ store, ring, revocations, audit, onError });
  return {
    ...{ tokens, ring, revocations },
    stop() {
      keys.stop();
      following.stop();
      store.close();
    },
  };
};
