import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { type FileServer, type Route, serveFiles } from '../../../tests/fixtures/models/file-server.ts';
import { writeGguf } from '../../../tests/fixtures/models/write-gguf.ts';
import { loopbackDownloads } from '../../../tests/loopback-way.ts';
import type { FetchProgress } from './progress.ts';
import { findModel, resolveModel } from './resolve.ts';

const gguf = writeGguf();
const sha256 = createHash('sha256').update(gguf).digest('hex');
const other = writeGguf({ metadata: { 'general.name': 'Other' } });
const hf = 'owner/repo/tiny.gguf';
const path = '/owner/repo/resolve/main/tiny.gguf';

let dir: string;
let servers: FileServer[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-resolve-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(dir, { recursive: true, force: true });
});

const serve = async (routes: Readonly<Record<string, Route>>): Promise<FileServer> => {
  const server = await serveFiles(routes);
  servers.push(server);
  return server;
};

interface Setup {
  readonly sources: readonly object[];
  readonly mirror?: string;
  readonly engine?: string;
  readonly signal?: AbortSignal;
}

const resolve = async ({ sources, mirror, engine, signal = new AbortController().signal }: Setup) => {
  const config = configSchema.parse({
    models: [{ id: 'tiny', sources, ...(engine === undefined ? {} : { engine }) }],
    downloads: mirror === undefined ? {} : { mirrors: { hf: mirror, modelscope: mirror } },
  });
  const [model] = config.models;
  if (model === undefined) throw new TypeError('one model was given');
  const progress: FetchProgress[] = [];
  const onProgress = (event: FetchProgress) => void progress.push(event);
  const way = loopbackDownloads();
  const request = { model, dir, env: process.env, downloads: config.downloads, way, onProgress, signal };
  return { files: (await resolveModel(request)).files, progress, found: () => findModel({ model, dir }) };
};

describe('resolveModel', () => {
  it('downloads from a hub into a folder that people can read, and leaves nothing else there', async () => {
    const server = await serve({ [path]: { body: gguf } });
    const { files, progress } = await resolve({ sources: [{ hf, sha256 }], mirror: server.url });
    expect(files).toEqual([join(dir, `tiny-${sha256.slice(0, 12)}`, 'tiny.gguf')]);
    expect(await readFile(files[0] ?? '')).toEqual(gguf);
    expect(await readdir(dirname(files[0] ?? ''))).toEqual(['tiny.gguf']);
    expect(progress.at(-1)).toMatchObject({
      phase: 'downloading',
      receivedBytes: gguf.length,
      totalBytes: gguf.length,
    });
  });

  it('needs no network the second time, and reads the file whole only once', async () => {
    const server = await serve({ [path]: { body: gguf } });
    const { found } = await resolve({ sources: [{ hf, sha256 }], mirror: server.url });
    const again = await resolve({ sources: [{ hf, sha256 }], mirror: 'http://127.0.0.1:1' });
    expect(server.seen).toHaveLength(1);
    expect(again.progress).toEqual([]);
    expect(await found()).toEqual({ files: again.files });
  });

  it('tries sources in order and says why each failed', async () => {
    const server = await serve({ [path]: { status: 403 }, '/owner/repo/resolve/master/tiny.gguf': { body: gguf } });
    const { files, progress } = await resolve({
      sources: [{ file: join(dir, 'missing.gguf') }, { hf, sha256 }, { modelscope: hf, sha256 }],
      mirror: server.url,
    });
    expect(files).toHaveLength(1);
    expect(progress.filter(({ phase }) => phase === 'failed')).toMatchObject([
      { reason: expect.stringContaining('does not exist') },
      { reason: expect.stringContaining('answered 403') },
    ]);
  });

  it('finds under one name what any source of the same hash delivered', async () => {
    const server = await serve({ [path]: { body: gguf } });
    const first = await resolve({ sources: [{ hf, sha256 }], mirror: server.url });
    const second = await resolve({ sources: [{ modelscope: hf, sha256 }], mirror: 'http://127.0.0.1:1' });
    expect(second.files).toEqual(first.files);
  });

  it('uses a local file where it lies', async () => {
    const file = join(dir, 'mine.gguf');
    await writeFile(file, gguf);
    expect((await resolve({ sources: [{ file, sha256 }] })).files).toEqual([file]);
    expect(await readFile(file)).toEqual(gguf);
  });

  it('answers with nothing for an engine without files', async () => {
    expect((await resolve({ sources: [], engine: 'scripted' })).files).toEqual([]);
  });

  it('fetches every part of a split file, and only what is missing of it', async () => {
    const parts = [1, 2, 3].map((part) => `tiny-0000${part}-of-00003.gguf`);
    const part = (index: number) => writeGguf({ metadata: { 'split.count': 3, 'split.no': index } });
    const routes = Object.fromEntries(
      parts.map((name, index) => [`/owner/repo/resolve/main/deep/${name}`, { body: part(index) }]),
    );
    const server = await serve(routes);
    const source = { hf: `owner/repo/deep/${parts[0]}` };
    const { files } = await resolve({ sources: [source], mirror: server.url });
    expect(files.map((file) => basename(file))).toEqual(parts);
    await rm(files[1] ?? '');
    await resolve({ sources: [source], mirror: server.url });
    expect(server.seen.map((request) => basename(request.path))).toEqual([...parts, parts[1]]);
  });

  it('takes a file that was put into its place by hand', async () => {
    const folder = join(dir, `tiny-${sha256.slice(0, 12)}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'tiny.gguf'), gguf);
    const { progress } = await resolve({ sources: [{ hf, sha256 }], mirror: 'http://127.0.0.1:1' });
    expect(progress).toMatchObject([{ phase: 'checking' }]);
  });

  it('hashes again once the file changed, and fetches it anew', async () => {
    const server = await serve({ [path]: { body: gguf } });
    const { files, found } = await resolve({ sources: [{ hf, sha256 }], mirror: server.url });
    await appendFile(files[0] ?? '', 'x');
    expect(await found()).toBeUndefined();
    await resolve({ sources: [{ hf, sha256 }], mirror: server.url });
    expect(await readFile(files[0] ?? '')).toEqual(gguf);
  });

  it('stops when it is told to, and keeps what it has', async () => {
    const server = await serve({ [path]: { body: gguf, hold: new Promise(() => {}) } });
    const controller = new AbortController();
    const arrived = server.next();
    const resolving = resolve({ sources: [{ hf, sha256 }], mirror: server.url, signal: controller.signal });
    await arrived;
    controller.abort(new Error('enough'));
    await expect(resolving).rejects.toThrowError('enough');
  });
});

describe('resolveModel refuses', () => {
  const refused = (setup: Setup) => expect(resolve(setup)).rejects;
  const contentOf = async () => {
    const names = await readdir(dir, { recursive: true });
    return names.filter((name) => /\.(gguf|part)$/.test(name));
  };

  it('another file than the one that was asked for', async () => {
    const server = await serve({ [path]: { body: other } });
    await refused({ sources: [{ hf, sha256 }], mirror: server.url }).toMatchObject({
      code: 'ERR_MODELS_HASH',
      message: expect.stringContaining(`expected sha256 ${sha256}`),
    });
    expect(await contentOf()).toEqual([]);
  });

  it('a local file of another hash', async () => {
    const file = join(dir, 'mine.gguf');
    await writeFile(file, other);
    await refused({ sources: [{ file, sha256 }] }).toMatchObject({ code: 'ERR_MODELS_HASH' });
    expect(existsSync(file)).toBe(true);
  });

  it('a file that is shorter than its header says', async () => {
    const server = await serve({ [path]: { body: gguf.subarray(0, gguf.length - 64) } });
    await refused({ sources: [{ hf }], mirror: server.url }).toMatchObject({
      code: 'ERR_MODELS_FILE',
      message: expect.stringContaining('truncated'),
    });
    expect(await contentOf()).toEqual([]);
  });

  it('a file that is not GGUF, before it is downloaded whole', async () => {
    const page = Buffer.alloc(32 * 1024 * 1024, '<html>');
    const server = await serve({ [path]: { body: page } });
    await refused({ sources: [{ hf }], mirror: server.url }).toMatchObject({
      code: 'ERR_MODELS_FILE',
      message: expect.stringContaining('begins with "GGUF"'),
    });
    expect(await contentOf()).toEqual([]);
  });

  it('an architecture the engine does not know, without asking the next source', async () => {
    const server = await serve({ [path]: { body: writeGguf({ architecture: 'moonshine' }) } });
    const sources = [{ hf }, { modelscope: hf }];
    await refused({ sources, mirror: server.url }).toMatchObject({
      code: 'ERR_MODELS_ARCHITECTURE',
      message: expect.stringMatching(/"moonshine" is not known to the bundled llama\.cpp v\S+;.*engine: openai/),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('an unknown architecture only for engines that load it themselves', async () => {
    const file = join(dir, 'mine.gguf');
    await writeFile(file, writeGguf({ architecture: 'moonshine' }));
    expect((await resolve({ sources: [{ file }], engine: 'their-engine' })).files).toEqual([file]);
  });

  it('a source that names a later part of a split file', async () => {
    await refused({ sources: [{ hf: 'owner/repo/tiny-00002-of-00003.gguf' }] }).toMatchObject({
      code: 'ERR_MODELS_FILE',
    });
  });

  it('a split file whose second part is of another hash', async () => {
    const hashes = [sha256, sha256];
    const server = await serve({
      '/owner/repo/resolve/main/tiny-00001-of-00002.gguf': { body: gguf },
      '/owner/repo/resolve/main/tiny-00002-of-00002.gguf': { body: other },
    });
    const source = { hf: 'owner/repo/tiny-00001-of-00002.gguf', sha256: hashes };
    await refused({ sources: [source], mirror: server.url }).toMatchObject({ code: 'ERR_MODELS_HASH' });
  });

  it('to go on without any source, and says how to get the file by hand', async () => {
    const server = await serve({});
    const expected = join(dir, `tiny-${sha256.slice(0, 12)}`, 'tiny.gguf');
    await refused({
      sources: [
        { hf, sha256 },
        { modelscope: hf, sha256 },
      ],
      mirror: server.url,
    }).toMatchObject({
      code: 'ERR_MODELS_SOURCE',
      retryAfterSeconds: 30,
      message: expect.stringContaining(`put it at ${expected}`),
      details: {
        model: 'tiny',
        sources: [
          { source: `hf ${hf}`, code: 'ERR_MODELS_SOURCE', reason: expect.stringContaining('404 (no such file)') },
          { source: `modelscope ${hf}`, reason: expect.stringContaining('404') },
        ],
        byHand: expect.stringContaining('sources: [{ file: /path/to/tiny.gguf }]'),
      },
    });
  });

  it('an unreachable host at once', async () => {
    await refused({ sources: [{ hf }], mirror: 'http://127.0.0.1:1' }).toMatchObject({
      code: 'ERR_MODELS_SOURCE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
