import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';

export interface KeySetOptions {
  /** Reads the set anew: a JSON Web Key Set, parsed. */
  readonly load: () => Promise<unknown>;
  /** How often the set is read again. */
  readonly refreshMs: number;
  /** Milliseconds, through steps of the clock. */
  readonly now: () => number;
  /** Told when the keys are no longer the ones they were. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** A set of public keys that rotate. */
export interface KeySet {
  readonly resolve: JWTVerifyGetKey;
  /** Reads the set now; rejects when it cannot. */
  refresh(): Promise<void>;
  /** What happens every `refreshMs`. */
  tick(): Promise<void>;
  stop(): void;
}

/** Least time between two reads, also failed ones: a flood of unknown key ids must not become a flood of requests. */
const COOL_DOWN_MS = 30_000;
/** After this many refresh periods without a readable set, its keys may be revoked ones: they are trusted no longer. */
const STALE_PERIODS = 12;

/** Keeps a key set fresh: read again in time, once more for an unknown key id, and used on while its source is away. */
export const createKeySet = ({ load, refreshMs, now, onChange, onError }: KeySetOptions): KeySet => {
  const coolDownMs = Math.min(COOL_DOWN_MS, refreshMs);
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let text = '';
  let loadedAt = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;

  const use = (next: typeof keys, nextText: string) => {
    const hasChanged = keys !== undefined && nextText !== text;
    keys = next;
    text = nextText;
    if (hasChanged) onChange();
  };
  const read = async () => {
    triedAt = now();
    const set = await load();
    use(createLocalJWKSet(asKeySet(set)), JSON.stringify(set));
    loadedAt = now();
  };
  const refresh = () => {
    pending ??= read().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  const refreshUnlessHot = async () => {
    if (pending === undefined && now() - triedAt < coolDownMs) return;
    await refresh().catch(onError);
  };
  const tick = async () => {
    await refresh().catch(onError);
    if (now() - loadedAt > refreshMs * STALE_PERIODS) use(undefined, '');
  };
  const find: JWTVerifyGetKey = async (header, token) => {
    if (keys === undefined) throw new errors.JWKSNoMatchingKey();
    return keys(header, token);
  };
  const timer = setInterval(() => void tick(), refreshMs);

  return {
    refresh,
    tick,
    async resolve(header, token) {
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refreshUnlessHot();
        return find(header, token);
      }
    },
    stop: () => clearInterval(timer),
  };
};

const asKeySet = (value: unknown): Parameters<typeof createLocalJWKSet>[0] => {
  const isSet = typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
  if (!isSet) throw new TypeError('expected a JSON Web Key Set: an object with a list `keys`');
  // Safe: jose itself checks every key before it uses one.
  return value as Parameters<typeof createLocalJWKSet>[0];
};
