import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPromptHash } from './prompt-hash.ts';

describe('the hash of a prompt', () => {
  it.each([1, 32, 64, 65, 200])('is HMAC-SHA-256 over its JSON, with a salt of %i bytes', (bytes) => {
    const salt = createSecretKey(Buffer.alloc(bytes, 'salt'));
    for (const prompt of ['', 'a', 'Grüße 你好', 'x'.repeat(500)]) {
      const asked = { kind: 'text', prompt } as const;
      const expected = createHmac('sha256', salt).update(JSON.stringify(asked)).digest('hex');
      expect(createPromptHash(salt)(asked)).toBe(expected);
    }
  });
});
