import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeltaReader, type Delta } from './deltas.ts';

const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const said = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

const STREAM = [
  event({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  ': keep-alive\n\n',
  event(said('Grüße, ')),
  event(said('世界 🙂')),
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] }),
  event({
    choices: [],
    usage: { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
  }),
  event('[DONE]'),
].join('');

const EXPECTED: Delta[] = [
  { type: 'text', text: 'Grüße, ' },
  { type: 'text', text: '世界 🙂' },
  { type: 'reason', reason: 'length' },
  { type: 'usage', usage: { promptTokens: 9, completionTokens: 2, cachedTokens: 4 } },
  { type: 'done' },
];

const read = (text: string, size = text.length): Delta[] => {
  const deltas: Delta[] = [];
  const feed = createDeltaReader((delta) => deltas.push(delta));
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += Math.max(1, size))
    feed(bytes.subarray(from, from + Math.max(1, size)));
  return deltas;
};

describe('createDeltaReader', () => {
  it('reads the same wherever the network cuts the bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (size) => {
        expect(read(STREAM, size)).toEqual(EXPECTED);
      }),
    );
  });

  it('reads text completions', () => {
    expect(read(event({ choices: [{ index: 0, text: 'so', finish_reason: 'stop' }] }))).toEqual([
      { type: 'text', text: 'so' },
      { type: 'reason', reason: 'stop' },
    ]);
  });

  it('reads thoughts, by either name, apart from the text', () => {
    for (const name of ['reasoning_content', 'reasoning']) {
      expect(read(event({ choices: [{ index: 0, delta: { [name]: 'hm' } }] }))).toEqual([
        { type: 'text', text: '', details: { reasoning: 'hm' } },
      ]);
    }
  });

  it('reads calls of tools, a piece at a time', () => {
    const piece = (call: object, finish_reason: string | null = null) =>
      event({ choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason }] });
    const stream = [
      piece({ index: 1, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }),
      piece({ index: 1, function: { arguments: '{}' } }, 'tool_calls'),
    ];
    expect(read(stream.join(''))).toEqual([
      { type: 'text', text: '', details: { toolCalls: [{ index: 1, id: 'call_1', name: 'f', arguments: '' }] } },
      { type: 'text', text: '', details: { toolCalls: [{ index: 1, arguments: '{}' }] } },
      { type: 'reason', reason: 'tool_calls' },
    ]);
  });

  it('reads log probabilities of both routes', () => {
    const own = { token: 'é', bytes: [195, 169], logprob: -1 };
    const other = { token: 'e', bytes: [101], logprob: -2 };
    const chat = { content: [{ ...own, top_logprobs: [own, other] }] };
    const text = { tokens: ['é'], token_logprobs: [-1], top_logprobs: [{ e: -2, é: -1 }], text_offset: [0] };
    const details = { logprobs: [{ ...own, top: [own, other] }] };
    expect(read(event({ choices: [{ delta: { content: 'é' }, logprobs: chat }] }))).toEqual([
      { type: 'text', text: 'é', details },
    ]);
    expect(read(event({ choices: [{ text: 'é', logprobs: text }] }))).toEqual([{ type: 'text', text: 'é', details }]);
  });

  it('passes an error inside the stream on', () => {
    const error = event({ error: { message: 'secret prompt', type: 'server_error', code: 'boom' } });
    expect(() => read(error)).toThrow(/^upstream cannot answer now \(status 200, server_error, boom\)$/);
  });

  it.each([
    ['no JSON', event('{"choices": [secret')],
    ['another shape', event({ choices: 'secret' })],
    ['a line without end', `data: ${'secret'.repeat(200_000)}`],
  ])('refuses %s without quoting it', (_, stream) => {
    expect(() => read(stream)).toThrow(/^(?!.*secret)upstream: expected/);
  });
});
