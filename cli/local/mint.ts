import { randomUUID } from 'node:crypto';
import { dataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { LOCAL_ALGORITHM } from '../../services/inference/auth/local-keys.ts';
import { type MintOptions, mintToken } from '../../services/inference/auth/mint.ts';
import { localUser, withTrail } from './trail.ts';

/** Mints a token with the key of a data folder; that it exists is on record before anybody has it. */
export const mintOnRecord = (data: string, wish: Omit<MintOptions, 'paths'>): Promise<string> =>
  withTrail(data, (trail) => {
    const options = { ...wish, jti: wish.jti ?? randomUUID() };
    const { jti: token, subject, scopes, ttlSeconds, models, tenant, policy } = options;
    trail.append('token.minted', {
      ...localUser(),
      labels: { token, subject, scopes, ttl_seconds: ttlSeconds, models, tenant, policy },
    });
    return mintToken({ ...options, paths: dataPaths(data) });
  });

/** Throws where the service would refuse a token of this life that is minted here: such a token is worse than none. */
export const checkAccepted = ({ jwks, algorithms, maxLifetimeSeconds }: Config['auth']['jwt'], ttl: number): void => {
  if (jwks !== undefined) {
    const message =
      'auth.jwt.jwks: local tokens are refused while it is set; get one from the issuer of that key set, or use `clawdbot key create`';
    throw new ServiceError('ERR_CONFIG_INVALID', message);
  }
  if (!algorithms.includes(LOCAL_ALGORITHM)) {
    const message = `auth.jwt.algorithms: expected ${LOCAL_ALGORITHM} among them for local tokens, got none; add it, or use \`clawdbot key create\``;
    throw new ServiceError('ERR_CONFIG_INVALID', message);
  }
  if (ttl > maxLifetimeSeconds) {
    const message = `--ttl: expected at most auth.jwt.maxLifetimeSeconds (${maxLifetimeSeconds} s), got ${ttl} s; use \`clawdbot key create\` for longer`;
    throw new ServiceError('ERR_CONFIG_INVALID', message);
  }
};
