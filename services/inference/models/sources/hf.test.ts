import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileServer, type Route, serveFiles } from '../../../../tests/fixtures/models/file-server.ts';
import { writeGguf } from '../../../../tests/fixtures/models/write-gguf.ts';
import { loopbackDownloads } from '../../../../tests/loopback-way.ts';
import { hfSource, mayHoldToken } from './hf.ts';
import { modelscopeSource } from './modelscope.ts';
import type { SourceContext } from './source.ts';

const body = writeGguf();
const source = { hf: 'owner/repo/tiny.gguf', revision: 'main' };

let folder: string;
let servers: FileServer[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-hf-'));
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

const context = (env: NodeJS.ProcessEnv, downloads: SourceContext['downloads'] = { mirrors: {} }): SourceContext => ({
  part: join(folder, 'tiny.gguf.part'),
  fileName: 'tiny.gguf',
  env,
  downloads,
  way: loopbackDownloads(),
  signal: new AbortController().signal,
  onBytes: () => {},
  checkRoom: async () => {},
});

describe('hf source', () => {
  it('asks the configured mirror before HF_ENDPOINT, and HF_ENDPOINT before the hub', async () => {
    const mirror = await serve({ '/hub/owner/repo/resolve/main/tiny.gguf': { body } });
    const endpoint = await serve({ '/owner/repo/resolve/main/tiny.gguf': { body } });
    await hfSource.fetch(source, context({ HF_ENDPOINT: endpoint.url }, { mirrors: { hf: `${mirror.url}/hub/` } }));
    expect([mirror.seen.length, endpoint.seen.length]).toEqual([1, 0]);
    await hfSource.fetch(source, context({ HF_ENDPOINT: endpoint.url }));
    expect([mirror.seen.length, endpoint.seen.length]).toEqual([1, 1]);
  });

  it('never sends a token to a mirror, nor to HF_ENDPOINT', async () => {
    const server = await serve({ '/owner/repo/resolve/main/tiny.gguf': { body } });
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'hf_secret\n');
    await hfSource.fetch(source, context({ HF_TOKEN: 'hf_secret' }, { mirrors: { hf: server.url }, tokenFile }));
    await hfSource.fetch(source, context({ HF_TOKEN: 'hf_secret', HF_ENDPOINT: server.url }));
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  it('holds the token for the hub alone', () => {
    expect(mayHoldToken(new URL('https://huggingface.co/owner/repo'))).toBe(true);
    for (const url of [
      'http://huggingface.co/owner/repo',
      'https://huggingface.co:8443/owner/repo',
      'https://huggingface.co.example.com/owner/repo',
      'https://cdn-lfs.huggingface.co/x',
      'https://hf-mirror.com/owner/repo',
    ]) {
      expect(mayHoldToken(new URL(url))).toBe(false);
    }
  });

  it('asks for a revision, and quotes what a path may not hold', async () => {
    const server = await serve({ '/owner/repo/resolve/refs/pr/1/a b/tiny.gguf': { body } });
    const odd = { hf: 'owner/repo/a b/tiny.gguf', revision: 'refs/pr/1' };
    await hfSource.fetch(odd, context({ HF_ENDPOINT: server.url }));
    expect(server.seen[0]?.path).toBe('/owner/repo/resolve/refs%2Fpr%2F1/a%20b/tiny.gguf');
  });
});

describe('modelscope source', () => {
  it('asks the configured mirror', async () => {
    const server = await serve({ '/owner/repo/resolve/master/tiny.gguf': { body } });
    await modelscopeSource.fetch(
      { modelscope: 'owner/repo/tiny.gguf', revision: 'master' },
      context({ HF_TOKEN: 'hf_secret' }, { mirrors: { modelscope: server.url } }),
    );
    expect(server.seen).toMatchObject([{ authorization: undefined }]);
  });

  it('names the address to a person', () => {
    expect(modelscopeSource.byHand({ modelscope: 'owner/repo/tiny.gguf', revision: 'master' })).toBe(
      'https://modelscope.cn/models/owner/repo/resolve/master/tiny.gguf',
    );
  });
});

// Why hf.ts does not use it. When this fails, the library has mended its ways and hf.ts can be given up for it.
describe("node-llama-cpp's own downloader", () => {
  it('hands the token to HF_ENDPOINT and to the host it redirects to', async () => {
    const large = Buffer.concat([body, Buffer.alloc(100_000)]);
    const target = await serve({ '/tiny.gguf': { body: large } });
    const redirect = `http://localhost:${target.port}/tiny.gguf`;
    const endpoint = await serve({ '/owner/repo/resolve/main/tiny.gguf?download=true': { redirect, gated: true } });
    await execa(
      process.execPath,
      [fileURLToPath(new URL('../../../../tests/fixtures/models/library-download.mjs', import.meta.url)), folder],
      { env: { HF_TOKEN: 'hf_secret', HF_ENDPOINT: `${endpoint.url}/` } },
    );
    expect(endpoint.seen.at(-1)?.authorization).toBe('Bearer hf_secret');
    expect(target.seen.at(-1)?.authorization).toBe('Bearer hf_secret');
  });
});
