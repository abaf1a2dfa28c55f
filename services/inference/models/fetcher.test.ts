import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, configSchema, type ModelConfig } from '../../../core/config/schema.ts';
import { type FileServer, type Route, serveFiles } from '../../../tests/fixtures/models/file-server.ts';
import { writeGguf } from '../../../tests/fixtures/models/write-gguf.ts';
import { loopbackRows } from '../../../tests/loopback-way.ts';
import type { FetchOrder, FetchReport } from './fetch-protocol.ts';
import { createFetcher, type Fetcher } from './fetcher.ts';
import type { FetchProgress } from './progress.ts';

const ENTRY = fileURLToPath(new URL('./fetch-main.ts', import.meta.url));
// Large against the buffers in between, so that a download can be caught half-way.
const body = Buffer.concat([writeGguf(), Buffer.alloc(8_000_000)]);
const sha256 = createHash('sha256').update(body).digest('hex');
const path = '/owner/repo/resolve/main/tiny.gguf';

let dir: string;
let server: FileServer | undefined;
const children: ChildProcess[] = [];
const fetchers: Fetcher[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-fetch-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const fetcher of fetchers.splice(0)) await fetcher.stop();
  await server?.close();
  server = undefined;
  await rm(dir, { recursive: true, force: true });
});

const setup = async (routes: Readonly<Record<string, Route>>) => {
  server = await serveFiles(routes);
  const config = configSchema.parse({
    models: [{ id: 'tiny', sources: [{ hf: 'owner/repo/tiny.gguf', sha256 }] }],
    downloads: { mirrors: { hf: server.url } },
  });
  return { server, config, model: firstOf(config) };
};

const firstOf = ({ models: [model] }: Config): ModelConfig => {
  if (model === undefined) throw new TypeError('one model was given');
  return model;
};

const fetcherFor = ({ downloads }: Config, env: NodeJS.ProcessEnv = process.env): Fetcher => {
  const fetcher = createFetcher({ dir, env, downloads });
  fetchers.push(fetcher);
  return fetcher;
};

const DOOR = { egress: loopbackRows('model-download'), implied: true };

/** A fetch process as the gateway starts it, with what it reported. */
const startProcess = (order: FetchOrder) => {
  const child = fork(ENTRY, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.push(child);
  const reports: FetchReport[] = [];
  child.on('message', (report: FetchReport) => void reports.push(report)); // our own process is the only sender
  child.send(order);
  return { child, reports, ended: once(child, 'exit') };
};

/** A body that is sent in two halves, the second one only when it is told to. */
const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { hold: promise, open: resolve };
};

describe('fetcher', () => {
  it('fetches in a process of its own and relays its progress', async () => {
    const { config, model } = await setup({ [path]: { body } });
    const progress: FetchProgress[] = [];
    const { files } = await fetcherFor(config).fetch(model, { onProgress: (event) => void progress.push(event) });
    expect(await readFile(files[0] ?? '')).toEqual(body);
    expect(progress[0]).toMatchObject({ phase: 'downloading', totalBytes: body.length });
    expect(progress.at(-1)).toMatchObject({ receivedBytes: body.length });
  });

  it('answers without a process and without the network when the model is here', async () => {
    const { config, model, server: first } = await setup({ [path]: { body } });
    const { files } = await fetcherFor(config).fetch(model);
    // A process that cannot start proves that none is needed.
    const again = await fetcherFor(config, { PATH: '', NODE_OPTIONS: '--no-such-option' }).fetch(model);
    expect(again.files).toEqual(files);
    expect(first.seen).toHaveLength(1);
  });

  it('passes on the error with its code and its details', async () => {
    const { config, model } = await setup({ [path]: { body: writeGguf() } });
    const logged: unknown[] = [];
    const log = { warn: (...line: unknown[]) => void logged.push(line) };
    const fetcher = createFetcher({ dir, env: process.env, downloads: config.downloads, log });
    await expect(fetcher.fetch(model)).rejects.toMatchObject({
      code: 'ERR_MODELS_HASH',
      details: { model: 'tiny', sources: [{ code: 'ERR_MODELS_HASH' }] },
    });
    expect(logged).toMatchObject([['model.source_failed', { 'error.code': 'ERR_MODELS_HASH' }, expect.any(String)]]);
  });

  it('says so when the process dies', async () => {
    const { config, model } = await setup({});
    const fetcher = fetcherFor(config, { ...process.env, NODE_OPTIONS: '--no-such-option' });
    await expect(fetcher.fetch(model)).rejects.toMatchObject({
      code: 'ERR_MODELS_SOURCE',
      message: expect.stringContaining('ended early'),
    });
  });

  it('ends the process when it is stopped or when nobody waits any more', async () => {
    const held = gate();
    const { config, model, server: first } = await setup({ [path]: { body, hold: held.hold } });
    const fetcher = fetcherFor(config);
    const arrived = first.next();
    const stopped = fetcher.fetch(model);
    await Promise.all([arrived, expect(sequence(arrived, () => fetcher.stop(), stopped)).rejects.toThrowError()]);
    const controller = new AbortController();
    const second = first.next();
    const aborted = fetcher.fetch(model, { signal: controller.signal });
    const abort = async () => controller.abort(new Error('nobody waits'));
    await expect(sequence(second, abort, aborted)).rejects.toThrowError('nobody waits');
    await fetcher.stop();
    held.open();
  });
});

const sequence = async <T>(first: Promise<unknown>, then: () => Promise<void>, result: Promise<T>): Promise<T> => {
  const settled = result.catch((error: unknown) => Promise.reject(error));
  settled.catch(() => {});
  await first;
  await then();
  return settled;
};

describe('several processes', () => {
  it('download a model once, however many ask', async () => {
    const held = gate();
    const { config, model, server: first } = await setup({ [path]: { body, hold: held.hold } });
    const order: FetchOrder = { type: 'fetch', model, dir, downloads: config.downloads, ...DOOR };
    const arrived = first.next();
    const processes = [startProcess(order), startProcess(order), startProcess(order)];
    await arrived;
    await until(() => processes.filter(({ reports }) => reports.some(isWaiting)).length === 2);
    held.open();
    await Promise.all(processes.map(({ ended }) => ended));
    const results = processes.map(({ reports }) => reports.at(-1));
    expect(results.every((report) => report?.type === 'done')).toBe(true);
    expect(first.seen).toHaveLength(1);
  });

  it('take over from one that was killed, and go on where it ended', async () => {
    const { config, model, server: first } = await setup({ [path]: { body, stallAfter: [3_000_000] } });
    const order: FetchOrder = { type: 'fetch', model, dir, downloads: config.downloads, ...DOOR };
    const killed = startProcess(order);
    const part = join(dir, `tiny-${sha256.slice(0, 12)}`, 'tiny.gguf.part');
    await until(() => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) >= 1_000_000);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { files } = await fetcherFor(config).fetch(model);
    expect(await readFile(files[0] ?? '')).toEqual(body);
    expect(first.seen.at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });

  it('end when the process that started them is gone', async () => {
    const held = gate();
    const { config, model, server: first } = await setup({ [path]: { body, hold: held.hold } });
    const arrived = first.next();
    const orphan = startProcess({ type: 'fetch', model, dir, downloads: config.downloads, ...DOOR });
    await arrived;
    orphan.child.disconnect();
    await orphan.ended;
    held.open();
  });

  it('end without having been asked for anything', async () => {
    const idle = fork(ENTRY, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.push(idle);
    await once(idle, 'spawn');
    const ended = once(idle, 'exit');
    idle.disconnect();
    await ended;
  });
});

const isWaiting = (report: FetchReport): boolean => report.type === 'progress' && report.progress.phase === 'waiting';

const until = async (condition: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 1200 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(condition()).toBe(true);
};

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)('an https source (needs openssl)', () => {
  it('is verified against the authorities of the environment', async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...request, ...subject], { stdio: 'pipe' });
    const secure = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
      response.end(body),
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo; // a TCP server has no other kind of address
    const config = configSchema.parse({
      models: [{ id: 'tiny', sources: [{ https: `https://localhost:${port}/tiny.gguf`, sha256 }] }],
    });
    await expect(fetcherFor(config).fetch(firstOf(config))).rejects.toThrowError(/DEPTH_ZERO_SELF_SIGNED_CERT/);
    const trusting = fetcherFor(config, { ...process.env, NODE_EXTRA_CA_CERTS: cert });
    expect((await trusting.fetch(firstOf(config))).files).toHaveLength(1);
    secure.closeAllConnections();
    await new Promise((resolve) => secure.close(resolve));
  });
});
