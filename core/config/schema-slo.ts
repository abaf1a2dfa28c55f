import { z } from 'zod';
import { setting } from './setting.ts';

/** Bounds of the histogram of first tokens, in milliseconds: between two of them nothing can be counted. */
export const FIRST_TOKEN_BOUNDS = [100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000, 30_000, 60_000] as const;

const target = (share: number) => z.number().min(0.5).max(0.9999).default(share);

/** Section `slo`: what users are promised; the burn-rate alerts come from it. */
export const slo = z.strictObject({
  availability: z
    .strictObject({
      target: setting(target(0.995), 'Share of requests that end without an error or a time-out, over 30 days.'),
    })
    .prefault({}),
  latency: z
    .strictObject({
      target: setting(target(0.95), 'Share of answers whose first token comes within `firstTokenMs`, over 30 days.'),
      firstTokenMs: setting(
        z.literal(FIRST_TOKEN_BOUNDS).default(5000),
        'How long a first token may take; one of the bounds of its histogram.',
      ),
    })
    .prefault({}),
});
