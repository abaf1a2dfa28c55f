import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { SCOPES, type Scope } from '../../services/inference/call.ts';
import { checkAccepted, mintOnRecord } from '../local/mint.ts';
import { collectScopes, parseTtl, type Restrictions, withRestrictions } from './credential-options.ts';

interface MintCommandOptions extends Restrictions {
  readonly scope: readonly Scope[];
  readonly ttl: number;
  readonly subject: string;
  readonly data: string;
  readonly config?: string;
  readonly json?: true;
}

const DEFAULT_TTL_SECONDS = 3600;

/** `clawdbot token mint`: prints a token for the service of a data folder. */
export const tokenMintCommand = (): Command =>
  withRestrictions(new Command('mint'))
    .description('print a token, and nothing else, for the service of this machine')
    .requiredOption(
      '--scope <scope>',
      `what it allows: ${SCOPES.join(', ')}; repeat it or part by commas`,
      collectScopes,
    )
    .option('--ttl <time>', 'how long it is valid: 90s, 15m, 1h, 30d (default: 1h)', parseTtl, DEFAULT_TTL_SECONDS)
    .option('--subject <name>', 'whom it stands for, in logs and limits', 'local')
    .option('--json', 'print the token, the `jti` it is revoked by, and when it expires, as JSON')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option(
      '-c, --config <file>',
      'configuration of the service (default: CLAWDBOT_CONFIG, else ./clawdbot.yaml if there is one)',
    )
    .addHelpText('after', '\nExit codes: 0 minted, 64 wrong option, 78 the configuration refuses such tokens.')
    .action(async (options: MintCommandOptions) => {
      const minted = await mintFor(options);
      process.stdout.write(`${options.json ? JSON.stringify(minted) : minted.token}\n`);
    });

const mintFor = async (options: MintCommandOptions) => {
  const { scope: scopes, ttl, subject, data, model: models, tenant, policy } = options;
  const { config } = loadConfig({ file: options.config ?? findConfigFile(process.env), env: process.env });
  checkAccepted(config.auth.jwt, ttl);
  if (!/^[\x21-\x7e]{1,256}$/.test(subject)) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      '--subject: expected 1 to 256 printable characters without spaces, got others',
    );
  }
  const jti = randomUUID();
  const expires = new Date(Date.now() + ttl * 1000).toISOString();
  const token = await mintOnRecord(data, {
    ...{ scopes, subject, jti, ttlSeconds: ttl, jwt: config.auth.jwt },
    ...{ models, tenant, policy },
  });
  return { token, jti, expires };
};
