import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { type FileServer, type Route, serveFiles } from '../../../../tests/fixtures/models/file-server.ts';
import { loopbackDownloads } from '../../../../tests/loopback-way.ts';
import { type Download, download } from './download.ts';
import type { SourceContext } from './source.ts';

// Large against the buffers in between, whose content a cut connection takes with it.
const body = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(6_000_000, 7)]);
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

let folder: string;
let servers: FileServer[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-download-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

const serve = async (routes: Readonly<Record<string, Route>>): Promise<FileServer> => {
  const server = await serveFiles(routes);
  servers.push(server);
  return server;
};

const context = (changes: Partial<SourceContext> = {}): SourceContext => ({
  part: join(folder, 'model.gguf.part'),
  fileName: 'model.gguf',
  env: {},
  downloads: { mirrors: {} },
  way: loopbackDownloads(),
  signal: new AbortController().signal,
  onBytes: () => {},
  checkRoom: async () => {},
  ...changes,
});

const stopAtOnce = () => {
  throw new Error('enough');
};

const get = (url: string, options: Partial<Download> = {}, changes: Partial<SourceContext> = {}) =>
  download({ url: new URL(url), retryMs: () => 0, ...options }, context(changes));

describe('download', () => {
  it('asks the egress policy anew at every redirect', async () => {
    const server = await serve({ '/f': { redirect: 'https://elsewhere.example/f' } });
    await expect(get(`${server.url}/f`)).rejects.toMatchObject({
      code: 'ERR_EGRESS_REFUSED',
      message: expect.stringContaining('host: "elsewhere.example:443", purpose: model-download'),
    });
  });

  it('delivers the file and its hash', async () => {
    const server = await serve({ '/f': { body } });
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
    expect(await readFile(context().part)).toEqual(body);
    expect(existsSync(`${context().part}.json`)).toBe(false);
  });

  it('goes on where a cut connection ended', async () => {
    const server = await serve({ '/f': { body, cutAfter: [2_000_000, 2_000_000] } });
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
    expect(server.seen[0]?.range).toBeUndefined();
    expect(server.seen.length).toBe(3);
    const starts = server.seen.slice(1).map(({ range }) => Number(/\d+/.exec(range ?? '')?.[0]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0] ?? 0);
  });

  it('goes on where an earlier attempt was stopped', async () => {
    const server = await serve({ '/f': { body } });
    const stop = new AbortController();
    const onBytes = (received: number) => {
      if (received > 1_000_000) stop.abort(new Error('enough'));
    };
    await expect(get(`${server.url}/f`, {}, { signal: stop.signal, onBytes })).rejects.toThrowError('enough');
    const kept = (await readFile(context().part)).length;
    expect(kept).toBeGreaterThan(1_000_000);
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
    expect(server.seen[1]?.range).toBe(`bytes=${kept}-`);
  });

  it('finishes what was complete but not yet put into place', async () => {
    const server = await serve({ '/f': { body } });
    const onBytes = (received: number) => {
      if (received === body.length) throw new Error('died before the end');
    };
    await expect(get(`${server.url}/f`, {}, { onBytes })).rejects.toThrowError('died');
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
    expect(server.seen[1]?.range).toBe(`bytes=${body.length}-`);
  });

  it('begins anew when the file on the server changed meanwhile', async () => {
    const changed = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(6_000_000, 9)]);
    const first = await serve({ '/f': { body, cutAfter: Array(99).fill(500_000) } });
    await expect(get(`${first.url}/f`, { retryMs: stopAtOnce })).rejects.toThrowError('enough');
    const state = JSON.parse(await readFile(`${context().part}.json`, 'utf8'));
    const second = await serve({ '/f': { body: changed } });
    await writeFile(`${context().part}.json`, JSON.stringify({ ...state, url: `${second.url}/f` }));
    expect(await get(`${second.url}/f`)).toEqual({ sha256: hashOf(changed) });
    expect(second.seen[0]?.range).toMatch(/^bytes=[1-9]/);
  });

  it('begins anew when the server gives nothing to recognise the file by', async () => {
    const server = await serve({ '/f': { body, etag: null, cutAfter: [2_000_000] } });
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
    expect(server.seen.map(({ range }) => range)).toEqual([undefined, undefined]);
  });

  it('gives up on a server that cuts every answer at the same point', async () => {
    const server = await serve({ '/f': { body, etag: null, cutAfter: Array(50).fill(2_000_000) } });
    await expect(get(`${server.url}/f`)).rejects.toMatchObject({ code: 'ERR_MODELS_SOURCE' });
    expect(server.seen.length).toBeLessThan(10);
  });

  it('reads answers without a length', async () => {
    const server = await serve({ '/f': { body, chunked: true } });
    expect(await get(`${server.url}/f`)).toEqual({ sha256: hashOf(body) });
  });

  it('tries again when the server is overloaded, not when it says no', async () => {
    const server = await serve({ '/busy': { status: 503 }, '/no': { status: 403 } });
    await expect(get(`${server.url}/busy`)).rejects.toMatchObject({ details: { status: 503 } });
    expect(server.seen.length).toBe(2);
    await expect(get(`${server.url}/no`)).rejects.toThrowError(/403 \(access denied/);
    expect(server.seen.length).toBe(3);
    expect(existsSync(context().part)).toBe(false);
  });

  it('checks the room on disk before the first byte', async () => {
    const server = await serve({ '/f': { body } });
    const checkRoom = async (bytes: number) => {
      throw new ServiceError('ERR_MODELS_DISK', `no room for ${bytes}`);
    };
    await expect(get(`${server.url}/f`, {}, { checkRoom })).rejects.toThrowError(`no room for ${body.length}`);
  });
});

describe('redirects', () => {
  it('are followed, and a credential stays with the host it is for', async () => {
    const target = await serve({ '/f': { body } });
    const hub = await serve({ '/f': { redirect: `http://localhost:${target.port}/f` } });
    const authorize = (url: URL) => (url.origin === hub.url ? 'Bearer secret' : undefined);
    expect(await get(`${hub.url}/f`, { authorize })).toEqual({ sha256: hashOf(body) });
    expect(hub.seen.map(({ authorization }) => authorization)).toEqual(['Bearer secret']);
    expect(target.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('end after ten', async () => {
    const server = await serve({ '/f': { redirect: '/f' } });
    await expect(get(`${server.url}/f`)).rejects.toThrowError(/more than 10 times/);
  });

  it('to another protocol are refused', async () => {
    const server = await serve({ '/f': { redirect: 'file:///etc/passwd' } });
    await expect(get(`${server.url}/f`)).rejects.toThrowError(/not protected/);
  });
});
