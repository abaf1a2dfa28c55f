import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemsOf } from './problems.ts';

const part = z.strictObject({ type: z.literal('text'), text: z.string() });
const message = z.strictObject({
  role: z.enum(['user', 'system']),
  content: z.union([z.string(), z.array(part).min(1)]),
});
const schema = z.strictObject({
  messages: z.array(message).min(1).max(3),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.int().min(1).nullish(),
  stop: z.union([z.string().max(4), z.array(z.string())]).optional(),
  format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json'), schema: z.object({}) }),
    ])
    .optional(),
});

const messagesFor = (value: unknown): string[] => {
  const result = schema.safeParse(value);
  return result.success ? [] : problemsOf(result.error, schema, value).map(({ message }) => message);
};

const ok = { messages: [{ role: 'user', content: 'hello' }] };

describe('a mistake in a request', () => {
  it.each<[unknown, string]>([
    [[], 'body: expected an object, got an array'],
    [null, 'body: expected an object, got null'],
    [{}, 'messages: expected an array, got nothing'],
    [{ messages: [] }, 'messages: expected at least 1 item, got 0 items'],
    [{ ...ok, temperature: -1 }, 'temperature: expected at least 0, got -1'],
    [{ ...ok, temperature: '0.5' }, 'temperature: expected a number, got a string'],
    [{ ...ok, maxTokens: 1.5 }, 'maxTokens: expected an integer, got 1.5'],
    [{ ...ok, maxTokens: 0 }, 'maxTokens: expected at least 1, got 0'],
    [{ ...ok, max_tokens: 5 }, 'max_tokens: no such field; did you mean "maxTokens"?'],
    [
      { ...ok, stream: true },
      'stream: no such field; the route knows (messages, temperature, maxTokens, stop, format)',
    ],
    [
      { messages: [{ role: 'boss', content: 'x' }] },
      'messages[0].role: expected one of "user", "system", got a string',
    ],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content: expected a string or an array, got a number'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] },
      'messages[0].content[0].text: expected a string, got 1',
    ],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content: expected at least 1 item, got 0 items'],
    [{ messages: [{ role: 'user', contents: 'x' }] }, 'messages[0].contents: no such field; did you mean "content"?'],
    [{ ...ok, stop: 'too long' }, 'stop: expected at most 4 characters, got 8 characters'],
    [{ ...ok, stop: ['a', 2] }, 'stop[1]: expected a string, got 2'],
    [{ ...ok, format: { type: 'xml' } }, 'format.type: expected one of "text", "json", got a string'],
  ])('in %j is named', (value, expected) => {
    expect(messagesFor(value)).toContain(expected);
  });

  it('never repeats the text of a value', () => {
    const secret = 'my secret prompt';
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('messages', 'temperature', 'stop', 'format', 'maxTokens'),
        (value, field) => {
          const text = JSON.stringify(
            messagesFor({ ...ok, [field]: [secret, value, { role: secret, content: { text: secret } }] }),
          );
          expect(text).not.toContain(secret);
        },
      ),
    );
  });

  it('is one of at most twenty, however many there are, with short names', () => {
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${index}${'x'.repeat(1000)}`, 1]));
    const messages = messagesFor({ ...ok, ...fields });
    expect(messages).toHaveLength(20);
    expect(Math.max(...messages.map((text) => text.length))).toBeLessThan(300);
  });
});
