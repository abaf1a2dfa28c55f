import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { configSchema } from '../../core/config/schema.ts';
import { createAuth } from '../../services/inference/auth/auth.ts';
import { keyCommand } from './key.ts';
import { tokenCommand } from './token.ts';

let data: string;
let printed: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'clawdbot-credentials-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(data, { recursive: true, force: true });
});

const run = async (command: Command, ...words: string[]): Promise<string> => {
  printed = '';
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync([...words, '--data', data], { from: 'user' });
  return printed.trim();
};

const openGateway = () => {
  // Whoever polls with a revoked credential is throttled; here it is this test.
  const { auth, server } = configSchema.parse({ auth: { throttle: { failures: 0 } } });
  return createAuth({ config: auth, server, paths: dataPaths(data), log: { info: () => {}, warn: () => {} } });
};

describe('token mint', () => {
  it('prints a token, and nothing else, that the gateway of the data folder accepts', async () => {
    const token = await run(tokenCommand(), 'mint', '--scope', 'inference,metrics', '--subject', 'ci');
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const gateway = await openGateway();
    expect(await gateway.verify(`Bearer ${token}`, '::1')).toMatchObject({
      keyId: 'jwt:ci',
      scopes: new Set(['inference', 'metrics']),
    });
    gateway.stop();
  });

  it.each([[['--scope', 'root']], [['--scope', 'inference', '--ttl', '1y']], [[]]])('refuses %j', async (words) => {
    await expect(run(tokenCommand(), 'mint', ...words)).rejects.toThrow(/Expected|required/);
  });

  it('refuses a subject that could not stand in a log line', async () => {
    await expect(run(tokenCommand(), 'mint', '--scope', 'inference', '--subject', 'a b')).rejects.toThrow('--subject');
  });

  it('says when the service would refuse the token', async () => {
    const config = join(data, 'clawdbot.yaml');
    await writeFile(config, 'auth: { jwt: { jwks: "https://issuer.example/jwks.json" } }\n');
    const words = ['mint', '--scope', 'inference', '--config', config];
    await expect(run(tokenCommand(), ...words)).rejects.toThrow('local tokens are refused');
    await writeFile(config, 'auth: { jwt: { algorithms: [RS256] } }\n');
    await expect(run(tokenCommand(), ...words)).rejects.toThrow('expected ES256 among them');
  });
});

describe('key create, list and revoke', () => {
  it('follow the life of a key, which a running gateway follows too', async () => {
    const gateway = await openGateway();
    const verify = (key: string) => async () => gateway.verify(`Bearer ${key}`, '::1');
    const key = await run(keyCommand(), 'create', '--scope', 'admin', '--name', 'ci', '--ttl', '30d');
    await expect.poll(verify(key), { timeout: 30_000 }).toMatchObject({ scopes: new Set(['admin']) });

    const listed = await run(keyCommand(), 'list', '--json');
    const [{ id, state }] = JSON.parse(listed);
    expect([key.slice(4, 12), 'active']).toEqual([id, state]);
    expect(listed).not.toContain(key.slice(13));
    expect(await run(keyCommand(), 'list')).toMatch(/^ID +STATE[^\n]+\n[0-9a-z]{8} +active +admin +all +- .* ci$/);

    expect(await run(keyCommand(), 'revoke', id)).toBe(`revoked ${id}`);
    await expect
      .poll(() => verify(key)().catch(({ code }) => code), { timeout: 30_000 })
      .toBe('ERR_AUTH_CREDENTIAL_INVALID');
    expect(JSON.parse(await run(keyCommand(), 'list', '--json'))).toMatchObject([{ state: 'revoked' }]);
    gateway.stop();
  });

  it('restrict a key, and show to what, and when it was last used', async () => {
    const words = ['--model', 'tiny,org/other', '--tenant', 'acme', '--policy', 'strict'];
    const key = await run(keyCommand(), 'create', '--scope', 'inference,audit', ...words);
    const gateway = await openGateway();
    expect(await gateway.verify(`Bearer ${key}`, '::1')).toMatchObject({
      tenant: 'tenant:acme',
      models: new Set(['tiny', 'org/other']),
      policy: 'strict',
      scopes: new Set(['inference', 'audit']),
    });
    gateway.stop();
    expect(JSON.parse(await run(keyCommand(), 'list', '--json'))).toMatchObject([
      {
        ...{ models: ['tiny', 'org/other'], tenant: 'acme', policy: 'strict', revoked: null },
        lastUsed: expect.stringMatching(/T\d\d:00:00\.000Z$/),
      },
    ]);
    await expect(run(keyCommand(), 'create', '--scope', 'inference', '--tenant', 'a b')).rejects.toThrow('Expected');
  });

  it('say when there is no such key', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await run(keyCommand(), 'revoke', 'nothing0');
    expect(process.exitCode).toBe(1);
  });
});

describe('token revoke', () => {
  const mint = (...words: string[]) => run(tokenCommand(), 'mint', '--scope', 'inference', ...words);
  const codeOf = async (gateway: Awaited<ReturnType<typeof openGateway>>, token: string) => {
    try {
      await gateway.verify(`Bearer ${token}`, '::1');
      return 'good';
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };

  it('ends one token by its id or as it is, or all of a subject, in a running gateway', async () => {
    const gateway = await openGateway();
    const { token: one, jti } = JSON.parse(await mint('--subject', 'alice', '--json'));
    const [two, three, other] = [await mint('--subject', 'alice'), await mint('--subject', 'alice'), await mint()];
    const all = async () => {
      const codes = [];
      for (const token of [one, two, three, other]) codes.push(await codeOf(gateway, token));
      return codes;
    };
    const bad = 'ERR_AUTH_CREDENTIAL_INVALID';
    expect(await all()).toEqual(['good', 'good', 'good', 'good']);
    expect(await run(tokenCommand(), 'revoke', jti)).toBe(`revoked ${jti}`);
    await expect.poll(all, { timeout: 30_000 }).toEqual([bad, 'good', 'good', 'good']);
    const said = await run(tokenCommand(), 'revoke', two);
    expect([said.length, said.includes(two)]).toEqual(['revoked '.length + jti.length, false]);
    await expect.poll(all, { timeout: 30_000 }).toEqual([bad, bad, 'good', 'good']);
    await run(tokenCommand(), 'revoke', 'alice');
    await expect.poll(all, { timeout: 30_000 }).toEqual([bad, bad, bad, 'good']);
    gateway.stop();

    const list = JSON.parse(await run(tokenCommand(), 'revocations', '--json'));
    expect(list.map(({ value }: { value: string }) => value)).toEqual(expect.arrayContaining([jti, 'alice']));
    expect(await run(tokenCommand(), 'revocations')).toMatch(/^TOKEN OR SUBJECT +REVOKED +FORGOTTEN\n/);
  });

  it('is for subjects that look like anything', async () => {
    expect(await run(tokenCommand(), 'revoke', 'a.b.c')).toBe('revoked a.b.c');
  });

  it('says what to do about a token without an id', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const foreign = `${encode({ alg: 'RS256' })}.${encode({ sub: 'x', exp: 9e9 })}.AAAA`;
    await expect(run(tokenCommand(), 'revoke', foreign)).rejects.toThrow('revoke its subject');
  });

  it('is not asked for what the service would refuse anyway', async () => {
    await expect(mint('--ttl', '400d')).rejects.toThrow('auth.jwt.maxLifetimeSeconds');
  });
});
