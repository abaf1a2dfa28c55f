import { randomUUID } from 'node:crypto';
import { dataPaths } from '../../core/config/paths.ts';
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
