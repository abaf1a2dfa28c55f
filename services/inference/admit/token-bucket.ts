/** What a key has used of its budget of a minute; time gives it back evenly. */
export interface Bucket {
  readonly used: number;
  /** When `used` was true, in milliseconds. */
  readonly at: number;
}

const MINUTE_MS = 60_000;
/** Rounding of the refill must not refuse a client that waited exactly as long as it was told. */
const TOLERANCE = 1e-6;

/** The bucket as it stands now; a clock that went back gives nothing back and takes nothing away. */
export const refill = (bucket: Bucket, perMinute: number, now: number): Bucket => {
  const elapsedMs = Math.max(0, now - bucket.at);
  return { used: Math.max(0, bucket.used - (elapsedMs * perMinute) / MINUTE_MS), at: now };
};

/** Milliseconds until `amount` fits; 0: it fits now. More than the whole budget fits once the budget is whole. */
export const waitForRoom = (bucket: Bucket, perMinute: number, amount: number): number => {
  const missing = bucket.used + Math.min(amount, perMinute) - perMinute;
  return missing <= TOLERANCE ? 0 : (missing * MINUTE_MS) / perMinute;
};

/** Takes `amount` out; a negative amount puts back what was reserved and not used. */
export const take = (bucket: Bucket, amount: number): Bucket => ({
  used: Math.max(0, bucket.used + amount),
  at: bucket.at,
});

/** Whole units left. */
export const remaining = (bucket: Bucket, perMinute: number): number =>
  Math.max(0, Math.floor(perMinute - bucket.used + TOLERANCE));

/** Milliseconds until nothing is used any more. */
export const resetMs = (bucket: Bucket, perMinute: number): number => (bucket.used * MINUTE_MS) / perMinute;
