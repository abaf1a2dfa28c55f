import { z } from 'zod';

/** What the process that takes the pace of a model is told. */
export const paceJob = z.object({
  /** The first part where the model is split. */
  file: z.string().min(1),
  threads: z.int().min(1),
  /** How many sequences take one step together; the time is shared among these. */
  sequences: z.array(z.int().min(1).max(64)).min(1),
  /** Time for all of it, without loading. */
  forMs: z.number().positive(),
});
export type PaceJob = z.output<typeof paceJob>;

/** The time of one step that gives each of so many sequences a token. */
export const paceResult = z.object({
  steps: z.array(z.object({ sequences: z.int(), seconds: z.number().positive(), count: z.int() })),
});
export type PaceResult = z.output<typeof paceResult>;
