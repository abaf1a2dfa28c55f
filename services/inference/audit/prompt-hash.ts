import { hash, type KeyObject } from 'node:crypto';
import type { GenerationInput, Task } from '../../engine/protocol/generation.ts';

/** What a model was asked, as far as it has words. */
export type Asked = GenerationInput | Task;

/** A hash that tells equal prompts from different ones, and nothing to whoever lacks the salt. */
export type PromptHash = (asked: Asked) => string;

/** SHA-256 works on blocks of this many bytes; HMAC fills its key up to one. */
const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 with a salt of this installation, over the input as JSON. A plain hash would let anybody try out short
 * prompts; with the salt only the operator can say whether this very prompt was sent. It is put together from one-shot
 * hashes as RFC 2104 says, because `createHmac` takes three times as long for a prompt, all of it to set itself up.
 */
export const createPromptHash = (salt: KeyObject): PromptHash => {
  const inner = padOf(salt, 0x36);
  const outer = padOf(salt, 0x5c);
  return (asked) => {
    const digest = hash('sha256', Buffer.concat([inner, Buffer.from(JSON.stringify(asked))]), 'buffer');
    return hash('sha256', Buffer.concat([outer, digest]));
  };
};

const padOf = (salt: KeyObject, filler: number): Buffer => {
  const key = salt.export();
  const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
  const pad = Buffer.alloc(BLOCK_BYTES, filler);
  for (const [index, byte] of short.entries()) pad[index] = byte ^ filler;
  return pad;
};
