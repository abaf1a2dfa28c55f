import { z } from 'zod';
import { isQuantizeType } from '../protocol/quantization.ts';

/** What the process of the quantiser is told. */
export const quantizeJob = z.object({
  /** The first part where the model is split. */
  source: z.string().min(1),
  target: z.string().min(1),
  type: z.string().refine(isQuantizeType),
  threads: z.int().min(1),
  /** Written into the metadata of the result, texts of less than 128 bytes. */
  metadata: z.record(z.string().min(1), z.string()),
});
export type QuantizeJob = z.output<typeof quantizeJob>;

/** What came of it. */
export const quantizeResult = z.object({
  /** Tensors whose rows are not a multiple of the block of their type, and what they became. */
  fallbacks: z.array(z.object({ tensor: z.string(), columns: z.int(), wanted: z.string(), got: z.string() })),
  /** The release of llama.cpp that did it. */
  release: z.string(),
});
export type QuantizeResult = z.output<typeof quantizeResult>;
