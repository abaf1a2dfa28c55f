import type { DataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import { mintToken } from './auth/mint.ts';
import type { Scope } from './call.ts';

const SUBJECT = 'quickstart';

/** Mints the tokens of the printed `curl` lines; each of them is on record like any other. */
export const createRunMint =
  ({ auth }: Pick<Config, 'auth'>, paths: Pick<DataPaths, 'keys'>, audit: Pick<Logger, 'info'>) =>
  (scope: Scope, ttlSeconds: number): Promise<string> => {
    const labels = { source: 'run-files', subject: SUBJECT, scopes: [scope], ttl_seconds: ttlSeconds };
    audit.info('token.minted', { labels });
    return mintToken({ paths, jwt: auth.jwt, subject: SUBJECT, scopes: [scope], ttlSeconds });
  };
