import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

const CLI = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const run = promisify(execFile);

let gateway: TestGateway;
let adminUrl: string;
let agent: Agent;
beforeAll(async () => {
  gateway = await startGateway({
    config: { models: [scriptedModel()], server: { admin: { host: '127.0.0.1', port: 0 } } },
  });
  adminUrl = JSON.parse(readFileSync(join(gateway.data, 'run', 'gateway.json'), 'utf8')).adminUrl;
  agent = new Agent({ connect: { ca: gateway.ca } });
});
afterAll(async () => {
  await agent?.close();
  await gateway?.stop();
});

const status = async (base: string, path: string, credential?: string) => {
  const authorization = `Bearer ${credential ?? (await gateway.token('inference', 'metrics', 'admin', 'audit'))}`;
  const answer = await request(new URL(path, base), { dispatcher: agent, headers: { authorization } });
  await answer.body.dump();
  return answer.statusCode;
};

describe('administration at an address of its own', () => {
  it('answers there alone, and nothing else does', async () => {
    for (const path of ['/api/v1/admin/limits', '/api/v1/admin/replicas', '/api/v1/admin/breaker']) {
      expect([path, await status(gateway.url, path), await status(adminUrl, path)]).toEqual([path, 404, 200]);
    }
    for (const path of ['/api/v1/models', '/v1/models', '/api/v1/metrics', '/api/v1/health', '/api/v1/openapi.json']) {
      expect([path, await status(gateway.url, path), await status(adminUrl, path)]).toEqual([path, 200, 404]);
    }
  });

  it('shows the usage of all there alone, and elsewhere only that of who asks', async () => {
    const of = async (base: string, scope: 'inference' | 'admin', ...more: 'admin'[]) => {
      const authorization = `Bearer ${await gateway.token(scope, ...more)}`;
      const url = new URL('/api/v1/usage', base);
      const { statusCode, body } = await request(url, { dispatcher: agent, headers: { authorization } });
      const text = await body.text();
      return statusCode === 200 ? JSON.parse(text).of : statusCode;
    };
    expect([await of(adminUrl, 'admin'), await of(adminUrl, 'inference')]).toEqual(['all', 403]);
    expect([await of(gateway.url, 'admin'), await of(gateway.url, 'inference')]).toEqual([403, 'self']);
    expect([await of(adminUrl, 'inference', 'admin'), await of(gateway.url, 'inference', 'admin')]).toEqual([
      'all',
      'self',
    ]);
  });

  it('is found by the command line', async () => {
    for (const words of [['usage'], ['egress', 'list']]) {
      const { stdout } = await run(process.execPath, [CLI, ...words, '--json', '--data', gateway.data]);
      expect([words, JSON.parse(stdout)]).toEqual([words, expect.objectContaining({ rows: [] })]);
    }
  });

  it('asks for the same credentials there', async () => {
    const path = '/api/v1/admin/limits';
    expect(await status(adminUrl, path, await gateway.token('inference', 'metrics', 'audit'))).toBe(403);
    expect(await status(adminUrl, path, 'nothing')).toBe(401);
  });
});
