import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../core/config/load.ts';
import { type FileServer, serveFiles } from '../../tests/fixtures/models/file-server.ts';
import { writeGguf } from '../../tests/fixtures/models/write-gguf.ts';
import { type AddOptions, addModel } from '../models/add.ts';
import { inspectModel } from '../models/inspect.ts';
import { listModels } from '../models/list.ts';
import { removeModel } from '../models/remove.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const gguf = writeGguf();
const sha256 = createHash('sha256').update(gguf).digest('hex');

let data: string;
let config: string;
let server: FileServer;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'clawdbot-cli-models-'));
  config = join(data, 'clawdbot.yaml');
  vi.stubEnv('CLAWDBOT_MODELS_DIR', join(data, 'models'));
  server = await serveFiles({ '/owner/repo/resolve/main/tiny.gguf': { body: gguf } });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(data, { recursive: true, force: true });
});

const writeConfig = () =>
  writeFile(
    config,
    [
      '# What this service is for.',
      'models:',
      '  - id: tiny   # the small one',
      `    sources: [{ hf: owner/repo/tiny.gguf, sha256: ${sha256} }]`,
      '  - { id: far, engine: openai, parameters: 8e9, options: { baseUrl: https://127.0.0.1:1/v1 } }',
      `downloads: { mirrors: { hf: "${server.url}" } }`,
      '',
    ].join('\n'),
  );

/** The command line as a person runs it. */
const clawdbot = (...words: string[]) =>
  execa(process.execPath, [MAIN, 'models', ...words, '--data', data], { reject: false, cwd: data });

const options = () => ({ data, config });

describe('clawdbot models', () => {
  it('pulls, lists, inspects and removes a model', async () => {
    await writeConfig();
    expect(await listModels(options())).toMatch(/^tiny +- .*not downloaded$/m);
    const pulled = await clawdbot('pull');
    expect(pulled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('tiny.gguf') });
    expect(pulled.stdout).toContain('far has no files to fetch');
    const listed: unknown = JSON.parse(await listModels({ ...options(), json: true }));
    expect(listed).toMatchObject({
      models: [
        { id: 'tiny', state: 'cached', quantization: 'Q8_0', trainedContext: 2048, memory: { fits: true } },
        { id: 'far', state: 'remote', parameters: 8e9, memory: {} },
      ],
    });
    expect(await inspectModel('tiny', options())).toMatch(/^architecture +llama$/m);
    expect(await removeModel('tiny', { ...options(), yes: true })).toMatch(/^tiny: deleted \d/);
    expect(await removeModel('tiny', options())).toContain('nothing of it is in the cache');
    expect(await listModels(options())).toMatch(/^tiny .*not downloaded$/m);
  });

  it('pulls twice with one download, and answers programs in JSON', async () => {
    await writeConfig();
    const first = await clawdbot('pull', 'tiny', '--json');
    const second = await clawdbot('pull', 'tiny', '--json');
    expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
    expect(server.seen).toHaveLength(1);
  });

  it('says in one line why a model cannot be pulled', async () => {
    await writeConfig();
    await writeFile(config, (await readFile(config, 'utf8')).replace('tiny.gguf', 'none.gguf'));
    const failed = await clawdbot('pull', 'tiny');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toMatch(/404 \(no such file\).*By hand: .*\(ERR_MODELS_SOURCE\)$/);
    expect((await clawdbot('pull', 'nobody')).stderr).toContain('expected one of tiny, far');
  });

  it('refuses to delete without being told to when nobody can be asked', async () => {
    await writeConfig();
    await clawdbot('pull', 'tiny');
    const refused = await clawdbot('rm', 'tiny');
    expect(refused).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('--yes') });
    expect(await listModels(options())).toMatch(/^tiny .*cached$/m);
  });

  it('has help with exit codes for every command', async () => {
    for (const word of ['list', 'add', 'pull', 'rm', 'inspect', 'quantize', 'compare']) {
      expect(await clawdbot(word, '--help')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Exit codes:'),
      });
    }
  });
});

describe('clawdbot models add', () => {
  it('keeps comments and order, and what it writes can be loaded', async () => {
    await writeConfig();
    await addModel('qwen3.5-4b', options());
    const text = await readFile(config, 'utf8');
    expect(text).toContain('# What this service is for.');
    expect(text).toContain('# the small one');
    expect(text).toContain('# Qwen3.5 4B: 4.2B parameters, IQ4_XS');
    const { models } = loadConfig({ file: config, env: {} }).config;
    expect(models.map(({ id }) => id)).toEqual(['tiny', 'far', 'qwen3.5-4b']);
    await removeModel('far', { ...options(), yes: true, forget: true });
    expect(loadConfig({ file: config, env: {} }).config.models.map(({ id }) => id)).toEqual(['tiny', 'qwen3.5-4b']);
    expect(await readFile(config, 'utf8')).toContain('# the small one');
  });

  it('begins a configuration where there is none, and keeps the embedded model as the default', async () => {
    const answer = await addModel('qwen3.5-4b', { data });
    expect(answer).toContain(`added qwen3.5-4b to ${config}`);
    const { models } = loadConfig({ file: config, env: {} }).config;
    expect(models.map(({ id }) => id)).toEqual(['smollm2-135m-instruct', 'qwen3.5-4b']);
  });

  it('puts a model first when it is to be the default', async () => {
    await writeConfig();
    await addModel(undefined, { ...options(), hf: 'owner/repo/Other.Q4_0.gguf', default: true });
    const { models } = loadConfig({ file: config, env: {} }).config;
    expect(models[0]).toMatchObject({ id: 'other.q4_0', sources: [{ hf: 'owner/repo/Other.Q4_0.gguf' }] });
  });

  it('replaces what a linked file points at, not the link', async () => {
    await writeConfig();
    const link = join(data, 'link.yaml');
    await symlink(config, link);
    await addModel('qwen3.5-4b', { data, config: link });
    expect(await readFile(config, 'utf8')).toContain('qwen3.5-4b');
  });

  it('lets a scenario choose, and shows the catalogue without arguments', async () => {
    await writeConfig();
    expect(await addModel(undefined, { ...options(), scenario: 'iot' })).toMatch(/^added /);
    const { models } = loadConfig({ file: config, env: {} }).config;
    expect(models.at(-1)?.tags).toBeDefined();
    expect(await addModel(undefined, options())).toMatch(/^ID +PARAMETERS/);
  });

  interface Refused {
    readonly id?: string;
    readonly options: Partial<AddOptions>;
    readonly code: string;
  }
  it.each<Refused>([
    { id: 'nonsense', options: {}, code: 'ERR_MODELS_UNKNOWN' },
    { options: { scenario: 'nonsense' }, code: 'ERR_MODELS_SCENARIO_UNKNOWN' },
    { id: 'qwen3.5-4b', options: { id: 'tiny' }, code: 'ERR_CONFIG_INVALID' },
    { options: { hf: 'owner/repo' }, code: 'ERR_CONFIG_INVALID' },
  ])('refuses $id $options and changes nothing', async ({ id, options: more, code }) => {
    await writeConfig();
    const before = await readFile(config, 'utf8');
    await expect(addModel(id, { ...options(), ...more })).rejects.toMatchObject({ code });
    expect(await readFile(config, 'utf8')).toBe(before);
    expect(existsSync(`${config}.${process.pid}.new`)).toBe(false);
  });
});

describe('clawdbot models inspect', () => {
  it('reads any file', async () => {
    const file = join(data, 'mine.gguf');
    await writeFile(file, writeGguf({ architecture: 'moonshine' }));
    expect(await inspectModel(file, options())).toMatch(/moonshine \(not known to llama\.cpp v/);
    expect(JSON.parse(await inspectModel(file, { ...options(), json: true }))).toMatchObject({
      architectureKnown: false,
      files: [file],
    });
    await expect(inspectModel(join(data, 'none.gguf'), options())).rejects.toThrowError(/ENOENT; check its path/);
  });
});
