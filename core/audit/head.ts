import { type KeyObject, sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Place } from './line.ts';

/** Says how far a chain had come, so that nobody can cut off its end or write it anew without the private key. */
const headSchema = z.strictObject({
  version: z.literal(1),
  chain: z.string(),
  sequence: z.int().min(0),
  hash: z.string(),
  time: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

export type SignedHead = z.output<typeof headSchema>;

/** What signs heads, and how its public part is found. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
}

type Claim = Pick<SignedHead, 'chain' | 'sequence' | 'hash' | 'time'>;

const signedText = ({ chain, sequence, hash, time }: Claim): Buffer =>
  Buffer.from(`clawdbot audit head 1\n${chain}\n${sequence}\n${hash}\n${time}\n`);

/** Signs the end of a chain with Ed25519. */
export const signHead = (chain: string, { sequence, hash }: Place, time: string, key: SigningKey): SignedHead => {
  const claim = { chain, sequence, hash, time };
  const signature = sign(null, signedText(claim), key.privateKey).toString('base64url');
  return { version: 1, ...claim, keyId: key.keyId, signature };
};

/** True for a head that the private part of this key signed. */
export const isSignedBy = (head: Claim & Pick<SignedHead, 'signature'>, publicKey: KeyObject): boolean => {
  const signature = Buffer.from(head.signature, 'base64url');
  // Two spellings of one signature would be one that can be changed.
  if (signature.toString('base64url') !== head.signature) return false;
  return verify(null, signedText(head), publicKey, signature);
};

/** Reads a head file; throws for one that is none. */
export const parseHead = (text: string): SignedHead => headSchema.parse(JSON.parse(text));

/** The head in a file; undefined where there is no file. */
export const readHeadFile = async (path: string): Promise<SignedHead | undefined> => {
  try {
    return parseHead(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
