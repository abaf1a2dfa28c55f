import { z } from 'zod';

/** What the process that measures a model is told. */
export const measureJob = z.object({
  /** The first part where the model is split. */
  file: z.string().min(1),
  threads: z.int().min(1),
  /** Cells of the key-value memory; what is measured needs fewer, its size is for comparison. */
  cells: z.int().min(256),
  /** Tokens of the prompt and of the answer whose speed is taken. */
  promptTokens: z.int().min(1).max(512),
  answerTokens: z.int().min(1).max(256),
});
export type MeasureJob = z.output<typeof measureJob>;

const bytes = z.number().nonnegative();

/** What it found. */
export const measureResult = z.object({
  /** As llama.cpp reports them. */
  weightsBytes: bytes,
  kvBytes: bytes.optional(),
  computeBytes: bytes.optional(),
  /** Memory of the whole process after the work. */
  rssBytes: bytes,
  promptTokensPerSecond: z.number(),
  answerTokensPerSecond: z.number(),
  /** Of the text in this folder; the lower, the less the model is surprised by it. */
  perplexity: z.number(),
  textTokens: z.int(),
});
export type MeasureResult = z.output<typeof measureResult>;
