import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
}, 60_000);
afterAll(() => gateway.stop());

test.each([
  [{}, 'gateway-'],
  [{ model: 'scripted' }, 'engine-scripted-0-'],
])('writes where the process of %o spends its time', async (target, name) => {
  const answer = await gateway.send('POST', '/api/v1/admin/profile', { ...target, seconds: 1 });
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  const { file } = answer.json() as { file: string };
  expect(dirname(file)).toBe(dataPaths(gateway.data).profiles);
  expect(basename(file)).toMatch(new RegExp(`^${name}.*\\.cpuprofile$`));
  const profile = JSON.parse(readFileSync(file, 'utf8')) as { nodes: unknown[]; samples: unknown[] };
  expect(profile.nodes.length).toBeGreaterThan(0);
  expect(profile.samples.length).toBeGreaterThan(0);
});

test('says which replica is not there', async () => {
  const answer = await gateway.send('POST', '/api/v1/admin/profile', { model: 'scripted', replica: 7, seconds: 1 });
  expect(answer.status).toBe(503);
  expect((await gateway.send('POST', '/api/v1/admin/profile', { model: 'absent', seconds: 1 })).status).toBe(404);
});
