import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type PageServer, servePage } from './page-server.ts';

const config = { host: '127.0.0.1', port: 0, tls: { cert: undefined, key: undefined }, tokenFile: undefined };

let page: PageServer | undefined;
const open = async (more: { readonly port?: number; readonly tokenFile?: string } = {}, onTaken = () => undefined) => {
  const { signal } = new AbortController();
  page = await servePage({
    config: { ...config, ...more },
    expose: async (format) => `# ${format}\n`,
    onTaken,
    signal,
  });
  return page.url;
};
afterEach(() => page?.close());

const send = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number | undefined; type: string | undefined; text: string }>((resolve, reject) => {
    request(url, { headers, method }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], text }));
    })
      .on('error', reject)
      .end();
  });

describe('the page', () => {
  it('is text, or OpenMetrics for who asks for it', async () => {
    const url = await open();
    expect(await send(url)).toMatchObject({ status: 200, text: '# text\n', type: expect.stringContaining('0.0.4') });
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
    const type = expect.stringContaining('openmetrics-text');
    expect(await send(url, { accept })).toMatchObject({ status: 200, text: '# openmetrics\n', type });
  });

  it('answers nothing else', async () => {
    const url = await open();
    expect((await send(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await send(url, {}, 'POST')).status).toBe(405);
    expect((await send(url.replace('/metrics', '/health'))).text).toBe('ok\n');
  });

  it('is not shown to a page of the web whose name was made to point here', async () => {
    const url = await open();
    expect((await send(url, { host: 'evil.example.org' })).status).toBe(403);
    expect((await send(url, { host: 'localhost:9464' })).status).toBe(200);
  });

  it('asks for the token of the file, also after the file was replaced', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'clawdbot-page-'));
    const tokenFile = join(dir, 'token');
    writeFileSync(tokenFile, 'one\n');
    const url = await open({ tokenFile });
    expect((await send(url)).status).toBe(401);
    expect((await send(url, { authorization: 'Bearer two' })).status).toBe(401);
    expect((await send(url, { authorization: 'Bearer one' })).status).toBe(200);
    writeFileSync(tokenFile, 'two\n');
    expect((await send(url, { authorization: 'Bearer one' })).status).toBe(401);
    expect((await send(url, { authorization: 'Bearer two' })).status).toBe(200);
    rmSync(dir, { recursive: true });
  });

  it('says that its port is taken, and ends waiting when it is told to', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const abort = new AbortController();
    const taken: number[] = [];
    const waiting = servePage({
      ...{ config: { ...config, port }, expose: async () => '', signal: abort.signal },
      onTaken: (which) => {
        taken.push(which);
        abort.abort();
      },
    });
    await expect(waiting).rejects.toThrow();
    expect(taken).toEqual([port]);
    other.close();
  });
});
