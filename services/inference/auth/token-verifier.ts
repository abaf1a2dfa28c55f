import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Config } from '../../../core/config/schema.ts';
import type { Identity } from './key-ring.ts';
import { scopesOf } from './scopes.ts';

type JwtConfig = Config['auth']['jwt'];

/** A token that was good when it was looked at. */
export interface VerifiedToken extends Identity {
  /** Epoch milliseconds after which it is no longer; the tolerated clock difference is in it. */
  readonly goodUntil: number;
}

/** Undefined for a token that is not good, whatever the reason. */
export type VerifyToken = (token: string) => Promise<VerifiedToken | undefined>;

export interface TokenKeys {
  /** Finds the public key; never asked for HS algorithms. */
  readonly publicKey: JWTVerifyGetKey;
  /** For HS algorithms; undefined where there is none. */
  readonly secret: Uint8Array | undefined;
}

/** Printable, so that it can stand in a log line and a header. */
const SUBJECT = /^[\x21-\x7e]{1,256}$/;

/** Compiles the check of a token: algorithm, claims, then signature, the dearest last. */
export const createTokenVerifier = (config: JwtConfig, keys: TokenKeys, now: () => number): VerifyToken => {
  const algorithms: readonly string[] = config.algorithms;
  const options = {
    algorithms: [...algorithms],
    issuer: config.issuer,
    audience: config.audience,
    clockTolerance: config.clockSkewSeconds,
    requiredClaims: ['exp', 'sub'],
  };
  // The algorithm decides which key may verify, so a public key can never be taken for a shared secret. Key hints in
  // the header (jku, x5u, jwk) are not looked at.
  const getKey: JWTVerifyGetKey = (header, token) => {
    if (!header.alg.startsWith('HS')) return keys.publicKey(header, token);
    if (keys.secret === undefined) throw new errors.JWKSNoMatchingKey();
    return keys.secret;
  };
  const isHopeless = (token: string): boolean => {
    const { alg, crit } = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    if (alg === undefined || !algorithms.includes(alg) || crit !== undefined) return true;
    return claims.iss !== config.issuer || (claims.exp ?? 0) * 1000 + config.clockSkewSeconds * 1000 <= now();
  };

  return async (token) => {
    try {
      // Garbage is turned away here at a hundredth of the price of a signature.
      if (isHopeless(token)) return undefined;
      const { payload } = await jwtVerify<JWTPayload, CryptoKey | Uint8Array>(token, getKey, {
        ...options,
        currentDate: new Date(now()),
      });
      return toVerified(payload, config.clockSkewSeconds);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  };
};

const toVerified = (payload: JWTPayload, skewSeconds: number): VerifiedToken | undefined => {
  const { sub, exp } = payload;
  if (sub === undefined || exp === undefined || !SUBJECT.test(sub)) return undefined;
  return {
    keyId: `jwt:${sub}`,
    scopes: scopesOf({ scope: payload.scope, scopes: payload.scopes }),
    goodUntil: (exp + skewSeconds) * 1000,
  };
};
