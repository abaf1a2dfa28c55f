import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Config } from '../../../core/config/schema.ts';

/** Counts wrong credentials by address. */
export interface Throttle {
  /** Milliseconds until the address may have another unknown credential looked at; 0: now. */
  waitMs(address: string): number;
  /** Books a wrong credential, or one that is being looked at; true, once, when with it the address used up what it has. */
  book(address: string): boolean;
  /** Takes one back: it turned out to be good. */
  forgive(address: string): void;
  update(settings: Settings): void;
  readonly size: number;
}

type Settings = Config['auth']['throttle'];

interface Bucket {
  used: number;
  at: number;
  isReported: boolean;
}

/**
 * A leaky bucket for each address that was ever wrong; the least recently wrong are forgotten first, so that memory is
 * bounded however many addresses there are. Whoever has no bucket, that is nearly everybody, costs one look.
 */
export const createThrottle = (settings: Settings, now: () => number): Throttle => {
  const buckets = new LRUCache<string, Bucket>({ max: settings.addresses });
  let { failures, windowMs } = settings;

  const catchUp = (key: string): Bucket | undefined => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return undefined;
    const at = now();
    bucket.used -= (Math.max(0, at - bucket.at) * failures) / windowMs;
    bucket.at = at;
    if (bucket.used > 0) return bucket;
    buckets.delete(key);
    return undefined;
  };

  return {
    waitMs(address) {
      if (failures === 0 || buckets.size === 0) return 0;
      const used = catchUp(networkOf(address))?.used ?? 0;
      return used + 1 <= failures ? 0 : Math.ceil(((used + 1 - failures) * windowMs) / failures);
    },
    book(address) {
      if (failures === 0) return false;
      const key = networkOf(address);
      const bucket = catchUp(key) ?? { used: 0, at: now(), isReported: false };
      // Never more than full: who goes on waits no longer than who stopped.
      bucket.used = Math.min(failures, bucket.used + 1);
      buckets.set(key, bucket);
      if (bucket.isReported || bucket.used + 1 <= failures) return false;
      bucket.isReported = true;
      return true;
    },
    forgive(address) {
      if (failures === 0) return;
      const key = networkOf(address);
      const bucket = catchUp(key);
      if (bucket === undefined) return;
      bucket.used -= 1;
      if (bucket.used <= 0) buckets.delete(key);
    },
    update(next) {
      ({ failures, windowMs } = next);
      if (failures === 0) buckets.clear();
    },
    get size() {
      return buckets.size;
    },
  };
};

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The address, or the /64 it is in: everybody with IPv6 has as many addresses in there as they like. */
export const networkOf = (address: string): string => {
  // Asked at every request, and of most addresses one look says that they are none of IPv6.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, GROUPS - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS).join(':');
};
