import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureLocalCertificate } from '../../../services/inference/http/local-certificate.ts';
import { engineSpec, forkEngine, startEngine } from '../../engine-process.ts';
import { loopbackRows } from '../../loopback-way.ts';
import { listenUpstream, startUpstream } from '../../openai-upstream.ts';
import { chat, describeEngine } from './suite.ts';

const TEXT = Array.from({ length: 60 }, (_, number) => `word ${number} `).join('');
const CONTEXT = 512;

const shared = await startUpstream({ context: CONTEXT, script: { charactersPerChunk: [1, 7], tokenMs: 1 } });
afterAll(() => shared.close());

describeEngine({
  name: 'openai',
  spec: ({ slots }) => engineSpec({ plugin: 'openai', slots, options: { baseUrl: shared.baseUrl, embeddings: true } }),
  longPrompt: chat(TEXT),
  unicodePrompt: chat('🙂字é🎉👨‍👩‍👧 '.repeat(20)),
  countsPrompts: false,
  embeds: true,
});

const closers: (() => PromiseLike<unknown>)[] = [];
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upstream-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const upstream = async (options: Partial<Parameters<typeof startUpstream>[0]> = {}) => {
  const server = await startUpstream({ context: CONTEXT, ...options });
  closers.push(server.close);
  return server;
};

const connect = async (baseUrl: string, options: Readonly<Record<string, unknown>> = {}) => {
  const engine = await startEngine(engineSpec({ plugin: 'openai', options: { baseUrl, ...options } }));
  closers.push(() => engine[Symbol.asyncDispose]());
  return engine;
};

describe('openai engine', () => {
  it('uses text completions for text prompts', async () => {
    const server = await upstream();
    const engine = await connect(server.baseUrl);
    const { text } = await engine.generate({ input: { kind: 'text', prompt: 'Once upon' } });
    expect(text).toBe('Once upon');
    expect(server.requests.at(-1)?.path).toBe('/v1/completions');
  });

  it('reports what the upstream counted', async () => {
    const server = await upstream();
    const engine = await connect(server.baseUrl);
    const { end } = await engine.generate({ input: chat('12345678') });
    expect(end).toMatchObject({ usage: { promptTokens: 2, completionTokens: 2, cachedTokens: 0 } });
    expect(end).not.toHaveProperty('usage.estimated');
  });

  it('ends the request at the upstream when it is cancelled', async () => {
    const server = await upstream({ script: { tokenMs: 5 } });
    const engine = await connect(server.baseUrl);
    const id = engine.begin({ input: chat(TEXT) });
    await engine.next('tokens', (event) => event.id === id);
    engine.send({ type: 'cancel', id });
    await engine.until(() => server.active() === 0);
  });

  it('ends an answer without limit at the cap', async () => {
    const server = await upstream({ script: { tokenMs: 1 } });
    const engine = await connect(server.baseUrl);
    const { end, chunks } = await engine.generate({ input: chat(TEXT), outputCap: 5 });
    expect(end).toMatchObject({ type: 'finished', reason: 'length', usage: { estimated: true } });
    expect(chunks).toHaveLength(5);
  });

  it('sends its key, follows a rotation, and never says it', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'sk-first\n');
    const server = await upstream({ key: 'sk-first' });
    const engine = await connect(server.baseUrl, { apiKeyFile: file });
    expect((await engine.generate({ input: chat('x') })).text).toBe('x');
    writeFileSync(file, 'sk-another\n');
    const { end } = await engine.generate({ input: chat('x') });
    expect(end).toMatchObject({ type: 'failed', code: 'ERR_ENGINE_FAILED' });
    expect(end).toHaveProperty('message', expect.stringContaining('apiKeyFile'));
    expect(server.requests.at(-1)?.authorization).toBe('Bearer sk-another');
    expect(JSON.stringify(engine.events) + engine.log()).not.toContain('sk-');
  });

  it('is not ready while its upstream does not answer', async () => {
    const closed = await listenUpstream(() => {});
    await closed.close();
    const engine = forkEngine(engineSpec({ plugin: 'openai', options: { baseUrl: closed.baseUrl } }));
    expect(await engine.next('fatal')).toMatchObject({
      code: 'ERR_ENGINE_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect((await engine.exited).code).toBe(69);
  });

  it('checks the certificate of its upstream, with an authority of its own', async () => {
    const { caFile, certFile, keyFile } = await ensureLocalCertificate({
      dir: join(folder, 'tls'),
      config: { host: '127.0.0.1', names: [] },
      now: Date.now,
    });
    const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    const server = await upstream({ tls });
    const engine = await connect(server.baseUrl, { caFile });
    expect((await engine.generate({ input: chat('over TLS') })).text).toBe('over TLS');
    const stranger = forkEngine(engineSpec({ plugin: 'openai', options: { baseUrl: server.baseUrl } }));
    expect((await stranger.next('fatal')).message).toMatch(/connection failed \(.*(CERT|SIGNATURE|ISSUER)/);
    await stranger.exited;
  });

  it('reaches its upstream only while the egress policy lets it, and says what it did', async () => {
    const server = await upstream();
    const options = { baseUrl: server.baseUrl };
    const refused = forkEngine(engineSpec({ plugin: 'openai', options, egress: [] }));
    expect(await refused.next('fatal')).toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
    await refused.exited;
    expect(server.requests).toEqual([]);

    const engine = await connect(server.baseUrl);
    const destination = new URL(server.baseUrl).host;
    const outcome = async (wanted: string) => (await engine.next('egress', ({ note }) => note.outcome === wanted)).note;
    expect(await outcome('sent')).toMatchObject({ purpose: 'upstream', destination });
    engine.send({ type: 'configure', egress: [] });
    expect((await engine.generate({ input: chat('x') })).end).toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
    expect(await outcome('refused')).toMatchObject({ purpose: 'upstream', destination });
    engine.send({ type: 'configure', egress: loopbackRows('upstream') });
    expect((await engine.generate({ input: chat('x') })).text).toBe('x');
  });

  it('changes over to another upstream while it runs', async () => {
    const one = await upstream({ script: { reply: 'one' } });
    const two = await upstream({ script: { reply: 'two' } });
    const engine = await connect(one.baseUrl);
    engine.send({ type: 'configure', options: { baseUrl: two.baseUrl } });
    expect((await engine.generate({ input: chat('x') })).text).toBe('two');
  });
});

/** Serves the readiness probe as it should be, and everything after it as told. */
const afterProbe = (handle: RequestListener): RequestListener => {
  let isProbed = false;
  return (request, response) => {
    if (request.method === 'GET') return response.writeHead(404).end();
    if (isProbed) return handle(request, response);
    isProbed = true;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: {"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n`);
    return response;
  };
};

const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

describe('openai engine, with an upstream that misbehaves', () => {
  const failure = async (handle: RequestListener, options: Readonly<Record<string, unknown>> = {}) => {
    const server = await listenUpstream(afterProbe(handle));
    closers.push(server.close);
    const engine = await connect(server.baseUrl, options);
    const answer = await engine.generate({ input: chat('x') });
    expect(answer.end.type).toBe('failed');
    const seen = engine.events.length;
    await engine.until(() =>
      engine.events.slice(seen).some((event) => event.type === 'stats' && event.stats.slotsUsed === 0),
    );
    return answer;
  };

  const stream =
    (...pieces: readonly (string | Uint8Array)[]): RequestListener =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of pieces) response.write(piece);
    };

  it('fails when the connection dies in the middle', async () => {
    const { end, text } = await failure((request, response) => {
      stream(event('half'))(request, response);
      setImmediate(() => response.destroy());
    });
    expect(text).toBe('half');
    expect(end).toMatchObject({ code: 'ERR_ENGINE_FAILED', message: expect.stringContaining('connection failed') });
  });

  it('fails when the stream ends without a word about the end', async () => {
    const { end } = await failure((request, response) => {
      stream(event('half'))(request, response);
      response.end();
    });
    expect(end).toMatchObject({ message: 'upstream ended its answer in the middle' });
  });

  it('fails when the upstream sends garbage', async () => {
    const { end } = await failure(stream('data: {"choices": [}\n\n'));
    expect(end).toMatchObject({ message: expect.stringContaining('not JSON') });
  });

  it('fails when it answers with a page', async () => {
    const { end } = await failure((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
    expect(end).toMatchObject({ message: expect.stringContaining('another content type') });
  });

  it('fails when it never answers, or falls silent', async () => {
    const never = await failure(() => {}, { timeoutMs: 300 });
    expect(never.end).toMatchObject({ message: expect.stringContaining('silent for 300 ms') });
    const silent = await failure(stream(event('half')), { timeoutMs: 300 });
    expect(silent.end).toMatchObject({ message: expect.stringContaining('silent for 300 ms') });
  });

  it('passes on when an overloaded upstream may be asked again', async () => {
    const { end } = await failure((_, response) => response.writeHead(429, { 'retry-after': '7' }).end('{}'));
    expect(end).toMatchObject({ code: 'ERR_ENGINE_FAILED', retryAfterSeconds: 7 });
  });

  it('follows no redirect', async () => {
    const { end } = await failure((_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end());
    expect(end).toMatchObject({ message: expect.stringContaining('not followed') });
  });

  it('puts characters together that the network took apart, and marks what nobody counted', async () => {
    const bytes = Buffer.from(
      `${event('世界 🙂')}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`,
    );
    const server = await listenUpstream(
      afterProbe(async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.socket?.setNoDelay(true);
        for (const byte of bytes) {
          response.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      }),
    );
    closers.push(server.close);
    const engine = await connect(server.baseUrl);
    const { text, end } = await engine.generate({ input: chat('12345678') });
    expect(text).toBe('世界 🙂');
    expect(end).toMatchObject({ usage: { promptTokens: 2, completionTokens: 1, estimated: true } });
  });
});
