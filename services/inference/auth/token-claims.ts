import { z } from 'zod';
import { type Identity, identityOf } from './identity.ts';
import type { RevocableToken } from './revocations.ts';
import { scopesOf } from './scopes.ts';

/** A token that was good when it was looked at. */
export interface VerifiedToken {
  readonly identity: Identity;
  readonly revocable: RevocableToken;
  /** Of the only certificate it counts with (RFC 8705); undefined: with any, and with none. */
  readonly thumbprint: string | undefined;
  /** Epoch milliseconds after which it is no longer; the tolerated clock difference is in it. */
  readonly goodUntil: number;
}

/** Printable, so that it can stand in a log line and a header. */
const printable = z.string().regex(/^[\x21-\x7e]{1,256}$/);
const seconds = z.number().nonnegative();
const MAX_MODELS = 1000;

/**
 * What we read in a token whose signature is good. A claim that would narrow what the token may do and cannot be read
 * makes the token worthless, not powerful.
 */
const claimsSchema = z.looseObject({
  sub: printable,
  exp: seconds,
  iat: seconds.optional(),
  jti: printable.optional(),
  tenant: printable.optional(),
  policy: printable.optional(),
  models: z.array(z.string()).max(MAX_MODELS).optional(),
  // Proof of possession in any other way is one that nobody checks here.
  cnf: z.strictObject({ 'x5t#S256': z.string() }).optional(),
});

interface Rules {
  readonly clockSkewSeconds: number;
  readonly maxLifetimeSeconds: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Whom the claims stand for; undefined where they are not acceptable. Issuer, audience and times of validity were checked. */
export const readClaims = (payload: unknown, rules: Rules): VerifiedToken | undefined => {
  const { success, data: claims } = claimsSchema.safeParse(payload);
  if (!success || !isTimely(claims, rules)) return undefined;
  const { sub, exp, iat, jti, tenant = null, policy = null, models, cnf } = claims;
  const scopes = scopesOf({ scope: claims.scope, scopes: claims.scopes });
  return {
    identity: identityOf({
      keyId: `jwt:${sub}`,
      scopes,
      tenant,
      policy,
      models: models === undefined ? null : new Set(models),
    }),
    revocable: { subject: sub, jti, issuedAt: iat === undefined ? undefined : iat * 1000 },
    thumbprint: cnf?.['x5t#S256'],
    goodUntil: (exp + rules.clockSkewSeconds) * 1000,
  };
};

// A token from the future would outlive its revocation, and so would one that is good for ever.
const isTimely = (
  { exp, iat }: { readonly exp: number; readonly iat?: number | undefined },
  { clockSkewSeconds, maxLifetimeSeconds, now }: Rules,
): boolean => {
  const nowSeconds = now / 1000;
  if (iat !== undefined && iat > nowSeconds + clockSkewSeconds) return false;
  return exp - (iat ?? nowSeconds) <= maxLifetimeSeconds;
};
