import { readFile } from 'node:fs/promises';
import { createLocalJWKSet } from 'jose';
import type { Config } from '../../../core/config/schema.ts';
import type { WayOut } from '../../../core/egress/way-out.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { createKeySet } from './key-set.ts';
import { keySource } from './key-source.ts';
import { LOCAL_ALGORITHM, type LocalKeys } from './local-keys.ts';
import type { TokenKeys } from './token-verifier.ts';

type JwtConfig = Config['auth']['jwt'];

interface Options {
  readonly config: JwtConfig;
  readonly local: LocalKeys;
  readonly wayOut: Pick<WayOut, 'open'>;
  /** Milliseconds, through steps of the clock. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Told when keys changed: what was verified with the old ones counts no longer. */
  readonly onChange: () => void;
}

/** The keys tokens are verified with, and what ends the timers behind them. */
export interface OpenTokenKeys extends TokenKeys {
  stop(): void;
}

/** RFC 7518, 3.2: at least as long as the hash of the smallest HS algorithm. */
const MIN_SECRET_BYTES = 32;

/** Opens the keys the configuration names: a key set, else the local key; and the shared secret of HS algorithms. */
export const openTokenKeys = async (options: Options): Promise<OpenTokenKeys> => {
  const { config } = options;
  const secret = await readSecret(config);
  if (config.jwks === undefined) return { secret, publicKey: localSet(options.local), stop: () => {} };
  const egress = options.wayOut.open({ purpose: 'jwks', dataClass: 'none' });
  const set = createKeySet({
    load: keySource(config.jwks, egress),
    refreshMs: config.jwksRefreshMs,
    now: options.now,
    onChange: options.onChange,
    onError: (error) => options.log.warn('key_set.unreadable', { err: error }),
  });
  await firstRead(set, options);
  const stop = () => {
    set.stop();
    void egress.close();
  };
  return { secret, publicKey: set.resolve, stop };
};

const localSet = ({ publicKey, kid }: LocalKeys) => {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: LOCAL_ALGORITHM, use: 'sig' };
  // Safe: an EC key exports with its key type.
  return createLocalJWKSet({ keys: [{ ...jwk, kty: 'EC' }] });
};

// A file that cannot be read is a mistake in the configuration; a server that cannot be reached may come back.
const firstRead = async (set: { refresh(): Promise<void>; stop(): void }, { config, log }: Options): Promise<void> => {
  try {
    await set.refresh();
  } catch (error) {
    if (config.jwks?.startsWith('https://')) {
      log.warn('key_set.unreadable', { err: error }, 'tokens are refused until the key set can be read');
      return;
    }
    set.stop();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `auth.jwt.jwks: expected an https URL or a file with a JSON Web Key Set, got one that cannot be read (${reason})`;
    throw new ServiceError('ERR_CONFIG_INVALID', message, { cause: error });
  }
};

const readSecret = async ({ algorithms, secretFile }: JwtConfig): Promise<Uint8Array | undefined> => {
  const wantsSecret = algorithms.some((algorithm) => algorithm.startsWith('HS'));
  if (!wantsSecret && secretFile === undefined) return undefined;
  if (!wantsSecret)
    throw mismatch('algorithms', 'an HS algorithm because auth.jwt.secretFile is set, got none; add HS256');
  if (secretFile === undefined)
    throw mismatch('secretFile', 'a file because auth.jwt.algorithms has an HS algorithm, got none');
  const secret = await readFile(secretFile).catch((error: unknown) => {
    throw mismatch('secretFile', 'a readable file, got one that is not', error);
  });
  const trimmed = new TextEncoder().encode(secret.toString('utf8').trim());
  if (trimmed.length >= MIN_SECRET_BYTES) return trimmed;
  throw mismatch('secretFile', `at least ${MIN_SECRET_BYTES} bytes, got ${trimmed.length}; use a random secret`);
};

const mismatch = (setting: string, expected: string, cause?: unknown): ServiceError =>
  new ServiceError('ERR_CONFIG_INVALID', `auth.jwt.${setting}: expected ${expected}`, { cause });
