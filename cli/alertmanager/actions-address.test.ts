import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { makeTlsFiles } from '../../tests/tls-files.ts';
import { actionsAddress } from './actions-address.ts';

const addressOf = (actions: object, told?: string) => actionsAddress(configSchema.parse({ actions }), told);

it('is the port of the configuration until the actions service says where it answers', () => {
  expect(addressOf({})).toEqual({ url: 'http://127.0.0.1:9900' });
  expect(addressOf({ port: 0 })).toBeUndefined();
  expect(addressOf({ port: 0 }, 'http://127.0.0.1:1234')).toEqual({ url: 'http://127.0.0.1:1234' });
});

it('is none where there is no such service', () => {
  expect(addressOf({ enabled: false }, 'http://127.0.0.1:1234')).toBeUndefined();
});

it('trusts nothing but the certificate of the configuration', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-actions-address-'));
  try {
    const { certFile, keyFile } = await makeTlsFiles(dir);
    expect(addressOf({ tls: { cert: certFile, key: keyFile } })).toEqual({
      url: 'https://127.0.0.1:9900',
      tls: { ca_file: certFile, min_version: 'TLS13', server_name: expect.any(String) },
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
