import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ServiceError } from '../errors/service-error.ts';
import { findConfigFile, type LoadOptions, loadConfig, type Problem } from './load.ts';
import { configSchema } from './schema.ts';

const FIXTURES = fileURLToPath(new URL('../../tests/fixtures/config/', import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let count = 0;
const write = (text: string | Uint8Array): string => {
  count += 1;
  const file = join(dir, `${count}.yaml`);
  writeFileSync(file, text);
  return file;
};
const load = (text: string, more: Partial<LoadOptions> = {}) =>
  loadConfig({ file: write(text), env: {}, ...more }).config;

const failure = (options: LoadOptions): ServiceError => {
  try {
    loadConfig(options);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
};
const problems = (options: LoadOptions): Problem[] => failure(options).details?.problems as Problem[];
const messages = (options: LoadOptions): string[] => problems(options).map(({ message }) => message);

describe('each mistake has its message', () => {
  const expected: Record<string, string[]> = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8'));
  const names = readdirSync(FIXTURES)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));

  test('for every file there is an expectation, and the other way round', () => {
    expect(names.sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(names)('%s', (name) => {
    const file = join(FIXTURES, `${name}.yaml`);
    const found = problems({ file, env: {} });
    expect(found.map(({ message }) => message.replaceAll(file, '<file>'))).toEqual(expected[name]);
    for (const { message } of found) expect(message).toMatch(/^\S+( .+)?: expected .+, got .+; .+$/);
  });

  test('and none of them shows a secret', () => {
    expect(JSON.stringify(expected)).not.toMatch(/correct-horse|1234567890|eve:/);
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['is missing', () => join(dir, 'nowhere.yaml'), 'expected a file, got nothing'],
    ['is a folder', () => dir, 'expected a file, got a folder'],
    ['lies below a file', () => join(write('{}'), 'x.yaml'), 'expected a file, got nothing'],
    ['is far too large', () => write(`# ${'x'.repeat(1_100_000)}\n{}`), 'expected at most 1048576 bytes'],
    ['is UTF-16', () => write(Buffer.from('\ufeff{}', 'utf16le')), 'expected text in UTF-8'],
    ['holds only white space', () => write(' \n\n'), 'got an empty file'],
  ])('says so when it %s', (_case, file, expected) => {
    expect(messages({ file: file(), env: {} })).toEqual([expect.stringContaining(expected)]);
  });

  test('is an error with the code and every problem in its details', () => {
    const error = failure({ file: write('limits: { queue: a, maxConcurrency: b }'), env: {} });
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.message.split('\n')).toHaveLength(2);
    expect(error.details?.problems).toEqual([
      expect.objectContaining({ path: 'limits.queue', line: 1, column: 11, file: expect.any(String) }),
      expect.objectContaining({ path: 'limits.maxConcurrency', line: 1, column: 21 }),
    ]);
  });
});

describe('a valid configuration', () => {
  test('is complete without a file', () => {
    expect(loadConfig({ env: {} })).toEqual({ config: configSchema.parse({}), file: undefined });
  });

  test.each(['{}', '# nothing but a comment\n', 'limits:\nserver:\n', '\ufeffserver: {}'])(
    'may leave everything out: %j',
    (text) => {
      expect(load(text)).toEqual(configSchema.parse({}));
    },
  );

  test('is frozen to its depths', () => {
    const config = load('models: [{ id: a, engine: scripted, options: { reply: { deep: [1] } } }]');
    expect(Object.isFrozen(config.limits.perKey)).toBe(true);
    expect(() => Object.assign(config.models[0]?.options.reply as object, { deep: 2 })).toThrow(TypeError);
  });

  test('keeps an alias of an anchor', () => {
    const config = load('auth: { allow: &local [10.0.0.0/8] }\nserver: { trustedProxies: *local }');
    expect(config.server.trustedProxies).toEqual(['10.0.0.0/8']);
  });

  test('resolves relative paths from its own folder, except paths inside a package', () => {
    const config = load(
      stringify({
        server: { tls: { cert: 'a.pem', key: '/etc/a.key' } },
        auth: { jwt: { jwks: 'https://idp.example.org/keys' } },
        downloads: { tokenFile: './token' },
        models: [
          {
            id: 'a',
            sources: [{ file: 'a.gguf' }, { python: 'p==1', file: 'p/a.gguf' }],
            options: { secretFile: 's', reply: 'r' },
          },
          { id: 'b', engine: './engine.ts' },
        ],
        actions: {
          notifiers: [
            {
              id: 'n',
              use: 'http',
              to: ['+8613800000000'],
              options: {
                url: 'https://sms.example',
                form: { a: '{to}{text}' },
                secretFiles: { k: 'k' },
                caFile: 'ca.pem',
              },
            },
            { id: 'o', use: './mine.ts' },
          ],
        },
      }),
    );
    expect(config.actions.notifiers[0]?.options).toMatchObject({
      secretFiles: { k: join(dir, 'k') },
      caFile: join(dir, 'ca.pem'),
    });
    expect(config.actions.notifiers[1]?.use).toBe(join(dir, 'mine.ts'));
    expect(config.server.tls).toMatchObject({ cert: join(dir, 'a.pem'), key: '/etc/a.key' });
    expect(config.auth.jwt.jwks).toBe('https://idp.example.org/keys');
    expect(config.downloads.tokenFile).toBe(join(dir, 'token'));
    expect(config.models[0]?.sources).toMatchObject([{ file: join(dir, 'a.gguf') }, { file: 'p/a.gguf' }]);
    expect(config.models[0]?.options).toEqual({ secretFile: join(dir, 's'), reply: 'r' });
    expect(config.models[1]?.engine).toBe(join(dir, 'engine.ts'));
  });
});

describe('defaults, file, environment and flags', () => {
  test('win in this order', () => {
    const file = write('server: { port: 1111 }\nlimits: { queue: 1, maxConcurrency: 1 }');
    const env = { CLAWDBOT_LIMITS_QUEUE: '2', CLAWDBOT_LIMITS_MAX_CONCURRENCY: '2' };
    const { config } = loadConfig({ file, env, flags: { 'limits.queue': 3, 'server.host': undefined } });
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 1111 });
    expect(config.limits).toMatchObject({ queue: 3, maxConcurrency: 2, deadlineMs: 300_000 });
  });

  test('name the place a mistake came from', () => {
    const file = write('limits: { queue: 1 }');
    const env = { CLAWDBOT_LIMITS_QUEUE: 'many', CLAWDBOT_LIMITS_QUEUES: '1' };
    expect(messages({ file, env, flags: { 'server.port': 'none' } })).toEqual([
      'CLAWDBOT_LIMITS_QUEUES: expected the name of a setting, got another; did you mean CLAWDBOT_LIMITS_QUEUE?',
      'command line server.port: expected an integer from 0 to 65535, got "none" (string); see `clawdbot config docs`',
      'CLAWDBOT_LIMITS_QUEUE limits.queue: expected an integer from 0 to 1000000, got "many" (string); see `clawdbot config docs`',
    ]);
  });

  test('do not hide that a section of the file is no section', () => {
    expect(messages({ file: write('limits: 7'), env: { CLAWDBOT_LIMITS_QUEUE: '1' } })).toHaveLength(1);
  });

  test('take a relative path from outside the file from where the command was typed', () => {
    const env = { CLAWDBOT_DOWNLOADS_TOKEN_FILE: 'token' };
    expect(load('{}', { env }).downloads.tokenFile).toBe(resolve('token'));
  });
});

describe('rules over several settings', () => {
  test('are checked beside mistakes in other sections, and not on sections with mistakes', () => {
    const text = 'engines: { restart: { minMs: 20, maxMs: 10 } }\nserver: { port: x, tls: { cert: a } }';
    expect(messages({ file: write(text), env: {} }).map((message) => message.split(' ')[1])).toEqual([
      'engines.restart.minMs:',
      'server.port:',
    ]);
  });
});

describe('the file to read', () => {
  test('is the one the environment names, else the first that is there', () => {
    const folder = join(dir, 'found');
    mkdirSync(folder);
    expect(findConfigFile({}, [folder])).toBeUndefined();
    writeFileSync(join(folder, 'clawdbot.yaml'), '{}');
    expect(findConfigFile({}, [join(dir, 'missing'), folder])).toBe(join(folder, 'clawdbot.yaml'));
    expect(findConfigFile({ CLAWDBOT_CONFIG: '/etc/other.yaml' }, [folder])).toBe('/etc/other.yaml');
  });
});

describe('whatever is in the file', () => {
  const neverThrowsAnythingElse = (text: string) => {
    const file = write(text);
    count -= 1;
    try {
      loadConfig({ file, env: {} });
    } catch (error) {
      expect(error).toBeInstanceOf(ServiceError);
      expect((error as ServiceError).code).toBe('ERR_CONFIG_INVALID');
      expect((error as ServiceError).details?.problems).not.toEqual([]);
    }
  };

  test('arbitrary text never fails in another way', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), neverThrowsAnythingElse), { numRuns: 150 });
  });

  test('text made of the signs of YAML never fails in another way', () => {
    const signs = fc.constantFrom(
      ...'{}[]:,-?&*!|>\'"%@`#\n \t~<a1.',
      'server',
      'models',
      'id',
      '<<',
      '__proto__',
      '---',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 40 }), (parts) => neverThrowsAnythingElse(parts.join(''))),
      { numRuns: 150 },
    );
  });

  test('arbitrary values in place of settings never fail in another way', () => {
    const section = fc.constantFrom(...Object.keys(configSchema.shape), 'other');
    const keys = fc.constantFrom(
      'id',
      'sources',
      'tls',
      'jwt',
      'allow',
      'port',
      'chat',
      'tags',
      'options',
      '__proto__',
      'constructor',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(section, tree), (value) => neverThrowsAnythingElse(JSON.stringify(value))),
      { numRuns: 150 },
    );
  });

  test('nesting without end is a message, not a crash', () => {
    for (const text of ['['.repeat(30_000), '{a: '.repeat(30_000), '- '.repeat(30_000), '&a [*a]'])
      neverThrowsAnythingElse(text);
  });
});
