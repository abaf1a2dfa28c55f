import { type CryptoKey, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Config } from '../../../core/config/schema.ts';
import { hasDuplicateNames } from './duplicate-names.ts';
import { readClaims, type VerifiedToken } from './token-claims.ts';

type JwtConfig = Config['auth']['jwt'];

/** Undefined for a token that is not good, whatever the reason. */
export type VerifyToken = (token: string) => Promise<VerifiedToken | undefined>;

export interface TokenKeys {
  /** Finds the public key; never asked for HS algorithms. */
  readonly publicKey: JWTVerifyGetKey;
  /** For HS algorithms; undefined where there is none. */
  readonly secret: Uint8Array | undefined;
}

/** No issuer we know of comes near it; more is not worth decoding. */
const MAX_CHARACTERS = 16_384;
/** Tokens made for something else (ID tokens of a logout, security events, DPoP proofs) say so here (RFC 8725, 3.11). */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);

/** Compiles the check of a token: form, algorithm, claims, then signature, the dearest last. */
export const createTokenVerifier = (config: JwtConfig, keys: TokenKeys, now: () => number): VerifyToken => {
  const options = {
    algorithms: [...config.algorithms],
    issuer: config.issuer,
    audience: config.audience,
    clockTolerance: config.clockSkewSeconds,
    requiredClaims: ['exp', 'sub'],
  };
  // The algorithm decides which key may verify, so a public key can never be taken for a shared secret. Where to find a
  // key (jku, x5u) and what it is (jwk, x5c) are not looked at, and a key id is only ever compared.
  const getKey: JWTVerifyGetKey = (header, token) => {
    if (!header.alg.startsWith('HS')) return keys.publicKey(header, token);
    if (keys.secret === undefined) throw new errors.JWKSNoMatchingKey();
    return keys.secret;
  };

  return async (token) => {
    try {
      // Garbage is turned away here at a hundredth of the price of a signature.
      if (isHopeless(token, config, now())) return undefined;
      const { payload } = await jwtVerify<JWTPayload, CryptoKey | Uint8Array>(token, getKey, {
        ...options,
        currentDate: new Date(now()),
      });
      return readClaims(payload, { ...config, now: now() });
    } catch (error) {
      if (isAboutTheToken(error)) return undefined;
      throw error;
    }
  };
};

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError ||
  error instanceof TypeError ||
  error instanceof SyntaxError ||
  error instanceof RangeError;

const isHopeless = (token: string, { algorithms, issuer, clockSkewSeconds }: JwtConfig, now: number): boolean => {
  if (token.length > MAX_CHARACTERS || !token.split('.').every(isCanonical)) return true;
  const { alg, crit, typ } = decodeProtectedHeader(token);
  const accepted: readonly unknown[] = algorithms;
  if (!accepted.includes(alg) || crit !== undefined) return true;
  if (!TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) return true;
  const [header = '', body = ''] = token.split('.', 2).map(decode);
  const claims: unknown = JSON.parse(body);
  if (typeof claims !== 'object' || claims === null) return true;
  const { iss, exp }: { readonly iss?: unknown; readonly exp?: unknown } = claims;
  if (iss !== issuer || typeof exp !== 'number' || (exp + clockSkewSeconds) * 1000 <= now) return true;
  return hasDuplicateNames(header) || hasDuplicateNames(body);
};

/** Decoders overlook padding, line breaks and the last bits; one token would have many spellings, each cached anew. */
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;

const decode = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');
