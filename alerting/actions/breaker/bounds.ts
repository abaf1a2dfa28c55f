import { z } from 'zod';

/** What a row of the policy may set. */
export const breakerBounds = z.strictObject({
  /** The only model; default: those that cannot decode. */
  model: z.string().min(1).optional(),
  /** After this time an opened breaker is half open by itself, and a note for a dead gateway means nothing. */
  expiresMs: z.int().min(1000).max(86_400_000).default(600_000),
  /** Probes in a row that must agree with Prometheus, each over a connection of its own. */
  probes: z.int().min(1).max(20).default(3),
  probeGapMs: z.int().min(0).max(5000).default(500),
});

export type BreakerBounds = z.output<typeof breakerBounds>;
