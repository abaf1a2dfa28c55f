import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RunningService } from '../local/running-service.ts';
import { createChat } from './session.ts';

type Answer = Awaited<ReturnType<RunningService['send']>>;

/** A service that answers each request with the next body and remembers what it was asked. */
const serviceWith = (...bodies: { status?: number; text: string }[]) => {
  const asked: { path: string; body: unknown }[] = [];
  const send: RunningService['send'] = async (_method, path, body) => {
    asked.push({ path, body });
    const { status = 200, text } = bodies.shift() ?? { text: '' };
    const stream = Object.assign(Readable.from([Buffer.from(text)]), { json: async () => JSON.parse(text) as unknown });
    return { statusCode: status, body: stream } as unknown as Answer; // only what the session reads
  };
  return { send, asked };
};

const chunk = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const STREAM = `${chunk({ choices: [{ delta: { role: 'assistant', content: '' } }] })}: keep-alive\n\n${chunk({ choices: [{ delta: { content: 'Hi ' } }] })}${chunk({ choices: [{ delta: { content: '你好' } }] })}${chunk({ choices: [], usage: { completion_tokens: 2 } })}data: [DONE]\n\n`;

const say = async (chat: ReturnType<typeof createChat>, text: string): Promise<string> => {
  let shown = '';
  await chat.say(text, new AbortController().signal, (piece) => {
    shown += piece;
  });
  return shown;
};

describe('a terminal chat', () => {
  it('shows the answer and sends the history with the next question', async () => {
    const service = serviceWith({ text: STREAM }, { text: STREAM });
    const chat = createChat(service, 'm');
    expect(await say(chat, 'hello')).toBe('Hi 你好');
    await say(chat, 'again');
    expect(service.asked[1]?.body).toMatchObject({
      model: 'm',
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'Hi 你好' },
        { role: 'user', content: 'again' },
      ],
    });
    expect(chat.stats()).toMatch(/first token after \d+ ms, 2 tokens/);
  });

  it('shows a refusal and an error in the middle, and keeps neither as an answer', async () => {
    const service = serviceWith(
      { status: 503, text: '{"error":{"message":"the queue is full"}}' },
      { text: chunk({ error: { message: 'engine died' } }) },
      { text: STREAM },
    );
    const chat = createChat(service, undefined);
    expect(await say(chat, 'a')).toContain('the queue is full');
    expect(await say(chat, 'b')).toContain('engine died');
    await say(chat, 'c');
    expect(service.asked[2]?.body).toMatchObject({ messages: [{ role: 'user', content: 'c' }] });
  });

  it('changes to a model there is, and names those there are otherwise', async () => {
    const list = { text: '{"data":[{"id":"a"},{"id":"b"}]}' };
    const chat = createChat(serviceWith(list, list), undefined);
    expect(await chat.choose('c')).toBe('no model c; there are: a, b');
    expect(await chat.choose('b')).toBe('  a\n* b');
  });

  it('shows nothing of an answer that would repaint the terminal', async () => {
    const chat = createChat(
      serviceWith({ text: chunk({ choices: [{ delta: { content: 'a\u001b[2Jb\rc\n' } }] }) }),
      undefined,
    );
    expect(await say(chat, 'x')).toBe('a[2Jbc\n');
  });

  it('forgets when told to', async () => {
    const service = serviceWith({ text: STREAM }, { text: STREAM });
    const chat = createChat(service, undefined);
    await say(chat, 'a');
    chat.reset();
    await say(chat, 'b');
    expect(service.asked[1]?.body).toMatchObject({ messages: [{ role: 'user', content: 'b' }] });
  });
});
