import { ServiceError } from '../../../core/errors/service-error.ts';
import type { LabelsOf } from '../../../core/telemetry/metrics.ts';
import type { Caller } from '../call.ts';
import { looksLikeApiKey } from './api-keys.ts';
import type { CertificateBindings, ReadCertificate } from './certificate-bindings.ts';
import type { Identity } from './identity.ts';
import type { KeyRing } from './key-ring.ts';
import type { Revocations } from './revocations.ts';
import type { Throttle } from './throttle.ts';
import type { TokenCache } from './token-cache.ts';
import type { VerifiedToken } from './token-claims.ts';

/** Why a request was turned away at the door, as the metric says it and the client is not told. */
export type Refusal = NonNullable<LabelsOf<'authRefusals'>['reason']>;

interface Deps {
  readonly ring: Pick<KeyRing, 'identify'>;
  readonly tokens: Pick<TokenCache<VerifiedToken>, 'verify'>;
  readonly revocations: Pick<Revocations, 'has'>;
  readonly throttle: Pick<Throttle, 'waitMs' | 'book' | 'forgive'>;
  /** Read at every request, because they change while running. */
  readonly bindings: () => CertificateBindings;
  readonly onRefused: (reason: Refusal) => void;
  /** Told once when an address used up what it has. */
  readonly onThrottled: (address: string) => void;
}

/** Synchronous for API keys and for tokens seen before; throws or rejects with a 401 that does not say why, or a 429. */
export type CheckCredential = (
  authorization: string | undefined,
  address: string,
  readCertificate: ReadCertificate,
) => Caller | Promise<Caller>;

type Known = Pick<VerifiedToken, 'identity' | 'thumbprint'>;

/**
 * An address that was wrong too often is told to wait, and only what costs us something is withheld from it: a token not
 * seen before is not looked at. A key is compared in any case, which costs less than to refuse it, and tokens that were
 * good before still are, so that one broken client does not lock out those behind the same NAT. Nothing is lost by it:
 * nobody guesses 256 bits, throttled or not.
 */
export const createCredentialCheck = (deps: Deps): CheckCredential => {
  const { ring, tokens, revocations, throttle, bindings, onRefused } = deps;

  const refuse = (reason: Refusal): never => {
    onRefused(reason);
    throw INVALID;
  };
  const refuseAndBook = (reason: Refusal, address: string): never => {
    const waitMs = throttle.waitMs(address);
    if (waitMs > 0) {
      onRefused('throttled');
      throw throttled(waitMs);
    }
    if (throttle.book(address)) deps.onThrottled(address);
    return refuse(reason);
  };
  const knownToken = (token: VerifiedToken | undefined): Known | undefined =>
    token === undefined || revocations.has(token.revocable) ? undefined : token;
  const knownKey = (key: string): Known | undefined => {
    const identity = ring.identify(key);
    return identity === undefined ? undefined : { identity, thumbprint: undefined };
  };
  const holds = ({ identity, thumbprint }: Known, read: ReadCertificate): boolean =>
    bindings().allows(identity.keyId, thumbprint, read);

  // Booked before it is known how it ends: otherwise a thousand at the same time would all be looked at.
  const look = async (looking: Promise<VerifiedToken | undefined>, address: string, read: ReadCertificate) => {
    if (throttle.book(address)) deps.onThrottled(address);
    const known = knownToken(await looking);
    if (known === undefined) return refuse('invalid');
    if (!holds(known, read)) return refuse('certificate');
    throttle.forgive(address);
    return toCaller(known.identity, address);
  };

  return (authorization, address, read) => {
    const credential = credentialIn(authorization);
    if (credential === 'missing') {
      onRefused('missing');
      throw MISSING;
    }
    if (credential === 'malformed') return refuseAndBook('invalid', address);
    let known: Known | undefined;
    if (looksLikeApiKey(credential.text)) known = knownKey(credential.text);
    else {
      const found = tokens.verify(credential.text, throttle.waitMs(address) === 0);
      if (found instanceof Promise) return look(found, address, read);
      known = knownToken(found);
    }
    if (known === undefined) return refuseAndBook('invalid', address);
    return holds(known, read) ? toCaller(known.identity, address) : refuseAndBook('certificate', address);
  };
};

const BEARER = /^bearer +([^\s]+) *$/i;

const credentialIn = (authorization: string | undefined) => {
  if (authorization === undefined || authorization === '') return 'missing';
  const text = BEARER.exec(authorization)?.[1];
  return text === undefined ? 'malformed' : { text };
};

const toCaller = (identity: Identity, address: string): Caller => ({ ...identity, address });

/** Made once: a refusal has no stack, nothing of a request is in these two, and a flood is nothing else. */
const MISSING = new ServiceError(
  'ERR_AUTH_CREDENTIAL_MISSING',
  'authorization: expected `Bearer <token or key>`, got nothing; mint one with `clawdbot token mint`',
);

// One message for every reason: which one it was helps only who tries keys.
const INVALID = new ServiceError(
  'ERR_AUTH_CREDENTIAL_INVALID',
  'authorization: expected a valid credential, got one that is not; mint a new one',
);

const throttled = (waitMs: number): ServiceError =>
  new ServiceError(
    'ERR_AUTH_THROTTLED',
    'authorization: too many credentials from this address were not valid; wait, then send a valid one',
    { retryAfterSeconds: waitMs / 1000 },
  );
