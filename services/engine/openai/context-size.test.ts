import { expect, it } from 'vitest';
import { readContextSize } from './context-size.ts';

it.each([
  ['vLLM', { data: [{ id: 'other' }, { id: 'm', max_model_len: 32_768 }] }, 32_768],
  ['llama-server', { data: [{ id: 'm', meta: { n_ctx: 4096 } }] }, 4096],
  ['a server that says nothing', { data: [{ id: 'm' }] }, null],
  ['a server that does not know the model', { data: [] }, null],
  ['a server without the route', undefined, null],
])('reads what %s tells about its context', (_, models, expected) => {
  expect(readContextSize(models, 'm')).toBe(expected);
});
