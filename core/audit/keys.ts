import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFile, makeFolder, makePrivateFolder, PRIVATE_MODE } from '../config/private-files.ts';
import type { AuditPaths } from './files.ts';
import type { SigningKey } from './head.ts';

/** What the trail of one installation is signed and its prompts are hashed with. */
export interface AuditKeys extends SigningKey {
  /** Goes into every prompt hash, so that nobody without it can try out prompts. */
  readonly salt: KeyObject;
}

const PUBLIC_MODE = 0o644;
const SALT_BYTES = 32;
const KEY_ID_DIGITS = 16;

/** Reads the keys of a data folder, made on first use; the public key is also laid beside the trail, for those who check it. */
export const ensureAuditKeys = async (keysDir: string, paths: AuditPaths): Promise<AuditKeys> => {
  await makePrivateFolder(keysDir);
  const pem = await ensureFile(join(keysDir, 'audit.key'), PRIVATE_MODE, generatePem);
  const salt = await ensureFile(join(keysDir, 'audit-prompts.salt'), PRIVATE_MODE, () =>
    randomBytes(SALT_BYTES).toString('base64url'),
  );
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const keyId = keyIdOf(publicKey);
  await makeFolder(paths.keys);
  await ensureFile(join(paths.keys, `${keyId}.pem`), PUBLIC_MODE, () => pemOf(publicKey));
  return { privateKey, keyId, salt: createSecretKey(salt, 'base64url') };
};

const generatePem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const pemOf = (publicKey: KeyObject): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The first half of what SHA-256 makes of a public key. */
export const keyIdOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, KEY_ID_DIGITS);

/** Public keys by their id. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Reads public keys in PEM; the id is made of the key itself, never of a file's name. */
export const readPublicKeys = async (files: readonly string[]): Promise<PublicKeys> => {
  const keys = await Promise.all(files.map(async (file) => createPublicKey(await readFile(file, 'utf8'))));
  return new Map(keys.map((key) => [keyIdOf(key), key]));
};

/** The public keys beside a trail; none where the folder is missing. */
export const publicKeysIn = async (dir: string): Promise<PublicKeys> => {
  const names = await readdir(dir).catch(() => []);
  return readPublicKeys(names.filter((name) => name.endsWith('.pem')).map((name) => join(dir, name)));
};
