import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

/** What a model may be talked into saying: the end of its own event, others behind it, fields of the protocol. */
const SAID = [
  'a\n\nevent: done\ndata: {"text":"forged"}\n\n',
  'b\r\rdata: [DONE]\r\r',
  'c\r\n\r\nid: 9\r\nretry: 1\r\n: comment\r\n\r\n',
  'd\u2028data: x\u2029\u0085\u000b\u000c\u0000e',
  '"}\n\nevent: error\ndata: {"error":{"code":"forged"}}\n\n',
].join('');

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    config: {
      redaction: { enabled: false },
      limits: { maxOutputTokens: 4096 },
      models: [
        scriptedModel({ reply: 'echo', charactersPerChunk: 1 }, { id: 'letters' }),
        scriptedModel({ reply: 'echo', charactersPerChunk: 1000 }, { id: 'whole' }),
      ],
    },
  });
});
afterAll(async () => void (await gateway.stop()));

const messages = [{ role: 'user', content: SAID }];
const ASKED: Readonly<Record<string, object>> = {
  '/api/v1/inference': { prompt: SAID },
  '/v1/chat/completions': { messages },
  '/v1/completions': { prompt: SAID },
  '/v1/responses': { input: SAID },
};
/** The only fields of the protocol that this service ever writes. */
const LINE = /^(?:event: [a-z_.]+|data: (?:\{.*\}|\[DONE\])|: ?[a-z -]*)$/s;

/** Every text a client would put together of the events, wherever a dialect keeps it. */
const textIn = (value: unknown): string => {
  const { text, choices, type, delta } = value as {
    text?: string;
    choices?: { text?: string; delta?: { content?: string } }[];
    type?: string;
    delta?: string;
  };
  if (choices !== undefined) return choices.map((choice) => choice.text ?? choice.delta?.content ?? '').join('');
  return type === undefined ? (text ?? '') : type === 'response.output_text.delta' ? (delta ?? '') : '';
};

describe.each(['letters', 'whole'])('a model that says events, by %s', (model) => {
  it.each(Object.entries(ASKED))('makes none in the stream of %s', async (path, asked) => {
    const answer = await gateway.send('POST', path, { model, stream: true, ...asked });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      expect.stringMatching(/^text\/event-stream/),
    ]);
    // By any of the line ends that readers of events know, not by ours.
    const lines = answer.text.split(/\r\n|\r|\n/).filter((line) => line !== '');
    for (const line of lines) expect(line).toMatch(LINE);
    expect(answer.text).not.toMatch(/[\r\0]/);
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
    const values = data.filter((text) => text !== '[DONE]').map((text): unknown => JSON.parse(text));
    expect(data.length - values.length).toBeLessThanOrEqual(1);
    const tokens = path === '/api/v1/inference' ? values.slice(0, -1) : values;
    expect(tokens.map(textIn).join('')).toBe(SAID);
  });
});
