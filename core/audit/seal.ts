import { generateKeyPairSync } from 'node:crypto';
import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  decodeProtectedHeader,
  importJWK,
  type JWK,
} from 'jose';
import { z } from 'zod';
import { ServiceError } from '../errors/service-error.ts';

/** Encrypts a text so that only the auditor can read it. */
export type Seal = (text: string) => Promise<string>;

const publicSchema = z.object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string() });
const privateSchema = publicSchema.extend({ d: z.string() });

/** JWE (RFC 7516, 8037): any JOSE library opens it. X25519 with a fresh key per content, AES-256 in GCM. */
const ALGORITHM = 'ECDH-ES';
const ENCRYPTION = 'A256GCM';

/** A new pair for an auditor, as JSON Web Keys; the service only ever sees the public one. */
export const generateAuditorKeys = async (): Promise<{ readonly privateKey: JWK; readonly publicKey: JWK }> => {
  const pair = generateKeyPairSync('x25519');
  const jwk = privateSchema.parse(pair.privateKey.export({ format: 'jwk' }));
  const { d, ...open } = jwk;
  const kid = await calculateJwkThumbprint(open);
  return { privateKey: { ...open, kid, d }, publicKey: { ...open, kid } };
};

/** Seals to the public key in a file's text; refuses a private key, which has no business on this machine. */
export const createSeal = async (text: string): Promise<Seal> => {
  const jwk = parseKey(text, publicSchema, "an auditor's public key");
  if ('d' in JSON.parse(text)) throw keyError('a public key alone', 'a private one');
  const key = await importJWK(jwk, ALGORITHM);
  const header = { alg: ALGORITHM, enc: ENCRYPTION, kid: await calculateJwkThumbprint(jwk) };
  return (plain) => new CompactEncrypt(new TextEncoder().encode(plain)).setProtectedHeader(header).encrypt(key);
};

/** Opens what was sealed to the public part of the private key in a file's text. */
export const createOpener = async (text: string): Promise<(sealed: string) => Promise<string>> => {
  const { d, ...open } = parseKey(text, privateSchema, "an auditor's private key");
  const key = await importJWK({ ...open, d }, ALGORITHM);
  const kid = await calculateJwkThumbprint(open);
  return async (sealed) => {
    if (decodeProtectedHeader(sealed).kid !== kid)
      throw keyError(`content for the key ${kid}`, 'content for another key');
    const options = { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: [ENCRYPTION] };
    const { plaintext } = await compactDecrypt(sealed, key, options).catch((cause: unknown) => {
      throw new ServiceError('ERR_AUDIT_BROKEN', 'sealed content: expected what was sealed, got something else', {
        cause,
      });
    });
    return new TextDecoder().decode(plaintext);
  };
};

const parseKey = <Schema extends z.ZodType>(text: string, schema: Schema, expected: string): z.output<Schema> => {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw keyError(expected, 'something else');
  }
};

const keyError = (expected: string, got: string): ServiceError =>
  new ServiceError('ERR_AUDIT_CONTENT', `key: expected ${expected}, got ${got}; see \`clawdbot audit keygen --help\``);
