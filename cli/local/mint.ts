import { dataPaths } from '../../core/config/paths.ts';
import { type MintOptions, mintToken } from '../../services/inference/auth/mint.ts';
import { localUser, withTrail } from './trail.ts';

/** Mints a token with the key of a data folder; that it exists is on record before anybody has it. */
export const mintOnRecord = (data: string, options: Omit<MintOptions, 'paths'>): Promise<string> =>
  withTrail(data, (trail) => {
    const { subject, scopes, ttlSeconds } = options;
    trail.append('token.minted', { ...localUser(), labels: { subject, scopes, ttl_seconds: ttlSeconds } });
    return mintToken({ ...options, paths: dataPaths(data) });
  });
