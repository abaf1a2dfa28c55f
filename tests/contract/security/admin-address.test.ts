import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

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

  it('asks for the same credentials there', async () => {
    const path = '/api/v1/admin/limits';
    expect(await status(adminUrl, path, await gateway.token('inference', 'metrics', 'audit'))).toBe(403);
    expect(await status(adminUrl, path, 'nothing')).toBe(401);
  });
});
