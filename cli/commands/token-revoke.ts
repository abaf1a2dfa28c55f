import { Command } from 'commander';
import { decodeJwt, errors } from 'jose';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { changeCredentialStore, readCredentialStore } from '../local/credential-store.ts';
import { renderTable } from '../models/table.ts';

interface RevokeOptions {
  readonly data: string;
  readonly config?: string;
}

const withData = (command: Command): Command =>
  command.option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env));

/** `clawdbot token revoke`: ends tokens before they expire, also those of another issuer. */
export const tokenRevokeCommand = (): Command =>
  withData(new Command('revoke'))
    .description('end the life of one token, or of all that a subject has until now')
    .argument('<jti|subject>', 'the `jti` of a token, the token itself, or a subject')
    .option(
      '-c, --config <file>',
      'configuration of the service (default: CLAWDBOT_CONFIG, else ./clawdbot.yaml if there is one)',
    )
    .addHelpText('after', '\nExit codes: 0 revoked, 78 a token that names no `jti`: revoke its subject.')
    .action(async (word: string, options: RevokeOptions) => {
      const { value, expiresAt } = targetOf(word) ?? { value: word, expiresAt: latestExpiry(options) };
      await changeCredentialStore(options.data, (store) => store.revokeTokens(value, expiresAt));
      process.stdout.write(`revoked ${value}\n`);
    });

/** `clawdbot token revocations`: the list as it is. */
export const tokenRevocationsCommand = (): Command =>
  withData(new Command('revocations'))
    .description('list what was revoked and could still be in use')
    .option('--json', 'print JSON')
    .action(async (options: { readonly data: string; readonly json?: true }) =>
      readCredentialStore(options.data, (store) => {
        const list = store.revocations().map(({ value, revokedAt, expiresAt }) => ({
          value,
          revoked: new Date(revokedAt).toISOString(),
          expires: new Date(expiresAt).toISOString(),
        }));
        const rows = list.map(({ value, revoked, expires }) => [value, revoked, expires]);
        const text = options.json
          ? JSON.stringify(list, null, 2)
          : renderTable(['TOKEN OR SUBJECT', 'REVOKED', 'FORGOTTEN'], rows);
        process.stdout.write(`${text}\n`);
      }),
    );

// Nothing issued until now is good any longer than this.
const latestExpiry = ({ config: file }: RevokeOptions): number => {
  const { config } = loadConfig({ file: file ?? findConfigFile(process.env), env: process.env });
  const { maxLifetimeSeconds, clockSkewSeconds } = config.auth.jwt;
  return Date.now() + (maxLifetimeSeconds + 2 * clockSkewSeconds) * 1000;
};

const SKEW_MS = 1_200_000;

/** Of a whole token its id, and when it is of no use any more; undefined for what is no token. */
const targetOf = (word: string): { readonly value: string; readonly expiresAt: number } | undefined => {
  const claims = claimsOf(word);
  if (claims === undefined) return undefined;
  const { jti, exp } = claims;
  if (jti === undefined || exp === undefined) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      'token: expected one with `jti` and `exp`, got one without; revoke its subject',
    );
  }
  // Later than any clock difference that can be configured.
  return { value: jti, expiresAt: exp * 1000 + SKEW_MS };
};

const claimsOf = (word: string) => {
  if (word.split('.').length !== 3) return undefined;
  try {
    return decodeJwt(word);
  } catch (error) {
    if (error instanceof errors.JWTInvalid) return undefined;
    throw error;
  }
};
