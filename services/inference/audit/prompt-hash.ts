import { createHmac, type KeyObject } from 'node:crypto';
import type { GenerationInput, Task } from '../../engine/protocol/generation.ts';

/** What a model was asked, as far as it has words. */
export type Asked = GenerationInput | Task;

/** A hash that tells equal prompts from different ones, and nothing to whoever lacks the salt. */
export type PromptHash = (asked: Asked) => string;

/**
 * HMAC-SHA-256 with a salt of this installation, over the input as JSON. A plain hash would let anybody try out short
 * prompts; with the salt only the operator can say whether this very prompt was sent.
 */
export const createPromptHash =
  (salt: KeyObject): PromptHash =>
  (asked) =>
    createHmac('sha256', salt).update(JSON.stringify(asked)).digest('hex');
