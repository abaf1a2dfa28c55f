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
  const { auth, server } = configSchema.parse({});
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
    expect(await run(keyCommand(), 'list')).toMatch(/^ID +STATE[^\n]+\n[0-9a-z]{8} +active +admin .* ci$/);

    expect(await run(keyCommand(), 'revoke', id)).toBe(`revoked ${id}`);
    await expect
      .poll(() => verify(key)().catch(({ code }) => code), { timeout: 30_000 })
      .toBe('ERR_AUTH_CREDENTIAL_INVALID');
    expect(JSON.parse(await run(keyCommand(), 'list', '--json'))).toMatchObject([{ state: 'revoked' }]);
    gateway.stop();
  });

  it('say when there is no such key', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await run(keyCommand(), 'revoke', 'nothing0');
    expect(process.exitCode).toBe(1);
  });
});
