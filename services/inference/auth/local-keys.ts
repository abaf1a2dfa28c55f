import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { ensureFile, makePrivateFolder, PRIVATE_MODE } from '../../../core/config/private-files.ts';

/** What only this installation knows. */
export interface LocalKeys {
  /** Signs the tokens that `clawdbot token mint` prints. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Thumbprint of the public key (RFC 7638): the `kid` of those tokens. */
  readonly kid: string;
  /** Goes into the hash of every API key; a key object, because Node prepares raw bytes anew at every use. */
  readonly pepper: KeyObject;
}

/**
 * The algorithm of the local key. Ed25519 costs the same to verify here (0.25 to 0.35 ms either way, measured with
 * jose on Node 24) but fewer JWT libraries know it.
 */
export const LOCAL_ALGORITHM = 'ES256';

const PEPPER_BYTES = 32;

/** Reads the keys of a data folder, made on first use by whichever process comes first. */
export const ensureLocalKeys = async (dir: string): Promise<LocalKeys> => {
  await makePrivateFolder(dir);
  const pem = await ensureFile(join(dir, 'jwt.key'), PRIVATE_MODE, generatePem);
  const pepper = await ensureFile(join(dir, 'api-keys.pepper'), PRIVATE_MODE, () =>
    randomBytes(PEPPER_BYTES).toString('base64url'),
  );
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const kid = await calculateJwkThumbprint(publicKey.export({ format: 'jwk' }));
  return { privateKey, publicKey, kid, pepper: createSecretKey(pepper, 'base64url') };
};

const generatePem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
