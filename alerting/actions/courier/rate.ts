/** Moments at which one recipient was sent something, in milliseconds since 1970. */
export type Sent = readonly number[];

const HOUR_MS = 3_600_000;

/** Those of the last hour. A moment that lies in the future is of a clock that was wrong, and no reason to be silent. */
export const withinHour = (sent: Sent, now: number): Sent => sent.filter((at) => at <= now && now - at < HOUR_MS);

/**
 * How many more this recipient may get now. What begins may use the whole limit; news and ends only half of it, so that
 * they leave room for what begins.
 */
export const roomFor = (sent: Sent, perHour: number, phase: 'first' | 'update' | 'end', now: number): number => {
  const limit = phase === 'first' ? perHour : Math.floor(perHour / 2);
  return Math.max(0, limit - withinHour(sent, now).length);
};
