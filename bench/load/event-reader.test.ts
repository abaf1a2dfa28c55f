import { expect, it } from 'vitest';
import { createEventReader } from './event-reader.ts';

const chunk = (text: string): string => `data: ${JSON.stringify({ choices: [{ text }] })}\n\n`;

it('notes when the first text came and how long each further one took, however the bytes are cut', () => {
  let now = 10;
  const reader = createEventReader('text/event-stream; charset=utf-8', () => now);
  const [first, second] = [chunk('one'), chunk('two')];
  reader.push(Buffer.from(first.slice(0, 9)));
  now = 20;
  reader.push(Buffer.from(first.slice(9)));
  now = 25;
  reader.push(Buffer.from(chunk('') + second));
  now = 40;
  const usage = { prompt_tokens: 7, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 3 } };
  reader.push(Buffer.from(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`));
  expect(reader.end()).toEqual({ firstAt: 20, gaps: [5], promptTokens: 7, cachedTokens: 3, completionTokens: 2 });
});

it('reads an answer in one piece, and the counts of a server that sends no usage', () => {
  const reader = createEventReader('application/json', () => 5);
  const timings = { prompt_n: 4, cache_n: 6, predicted_n: 8 };
  reader.push(Buffer.from(JSON.stringify({ choices: [{ text: 'all' }], timings })));
  expect(reader.end()).toEqual({ firstAt: 5, gaps: [], promptTokens: 10, cachedTokens: 6, completionTokens: 8 });
});
