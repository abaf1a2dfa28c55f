import { readdir } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { type Route, serveFiles } from '../../../tests/fixtures/models/file-server.ts';
import { mountSmallDisk } from '../../../tests/fixtures/models/tmpfs.ts';
import { writeGguf } from '../../../tests/fixtures/models/write-gguf.ts';
import { loopbackDownloads } from '../../../tests/loopback-way.ts';
import { diskFull } from './disk.ts';
import { resolveModel } from './resolve.ts';

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

const large = Buffer.concat([writeGguf(), Buffer.alloc(4_000_000)]);
const path = '/owner/repo/resolve/main/tiny.gguf';

const resolveFrom = async (route: Route) => {
  const server = await serveFiles({ [path]: route, '/owner/repo/resolve/master/tiny.gguf': route });
  const config = configSchema.parse({
    models: [{ id: 'tiny', sources: [{ hf: 'owner/repo/tiny.gguf' }, { modelscope: 'owner/repo/tiny.gguf' }] }],
    downloads: { mirrors: { hf: server.url, modelscope: server.url } },
  });
  const [model] = config.models;
  if (model === undefined || disk === undefined) throw new TypeError('nothing to resolve');
  const { signal } = new AbortController();
  const way = loopbackDownloads();
  const request = { model, dir: disk.folder, env: {}, downloads: config.downloads, way, onProgress: () => {}, signal };
  try {
    await resolveModel(request);
  } catch (error) {
    return { error, requests: server.seen.length };
  } finally {
    await server.close();
  }
  throw new TypeError('the disk was not full');
};

// Skipped where no small disk can be mounted.
describe.skipIf(disk === undefined)('a full disk (needs the right to mount)', () => {
  it('is noticed before the first byte, and no other source is asked', async () => {
    const { error, requests } = await resolveFrom({ body: large });
    expect(error).toMatchObject({
      code: 'ERR_MODELS_DISK',
      message: expect.stringMatching(
        /expected 4\.0 MB of free disk space for the model, found \d.*CLAWDBOT_MODELS_DIR/,
      ),
      details: { neededBytes: large.length, freeBytes: expect.any(Number) },
    });
    expect(requests).toBe(1);
  });

  it('is noticed while writing, and what filled it is removed', async () => {
    const { error } = await resolveFrom({ body: large, chunked: true });
    expect(error).toMatchObject({ code: 'ERR_MODELS_DISK', details: { errno: 'ENOSPC' } });
    const names = await readdir(disk?.folder ?? '', { recursive: true });
    expect(names.filter((name) => name.includes('.part'))).toEqual([]);
  });
});

describe('diskFull', () => {
  it('tells a full disk and a used-up quota from other failures', () => {
    const failure = (code: string) => Object.assign(new Error(code), { code });
    expect(diskFull(failure('ENOSPC'), '/models/a')).toMatchObject({ code: 'ERR_MODELS_DISK' });
    expect(diskFull(failure('EDQUOT'), '/models/a')).toMatchObject({ code: 'ERR_MODELS_DISK' });
    expect(diskFull(failure('EACCES'), '/models/a')).toBeUndefined();
  });
});
