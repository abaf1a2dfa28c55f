import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyTrail } from '../../core/audit/verify.ts';
import { scriptedModel, startGateway } from '../gateway.ts';

const KILLS = 6;
const WORKERS = 16;
const CONFIG = { models: [scriptedModel()], audit: { headIntervalMs: 200, maxFileBytes: 65_536 } };

/** Seeded, so that a failure can be played again. */
const createRandom = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

it(`loses no chain through ${KILLS} kills in the middle of load: at most a torn line, and that is marked`, async () => {
  const random = createRandom(20261128);
  let gateway = await startGateway({ config: CONFIG });
  const from = join(gateway.data, 'audit');
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child } = gateway;
    const isAlive = () => child.exitCode === null && !child.killed;
    const work = async (): Promise<void> => {
      while (isAlive()) await gateway.send('POST', '/api/v1/inference', { prompt: 'hello' }).catch(() => undefined);
    };
    const workers = Array.from({ length: WORKERS }, work);
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.floor(random() * 500)));
    await gateway.stop({ signal: 'SIGKILL', keepData: true });
    await Promise.all(workers);
    const { result, breaks } = await verifyTrail({ from });
    expect([breaks, result]).toEqual([
      breaks.filter(({ kind }) => kind === 'torn'),
      breaks.length === 0 ? 'intact' : 'torn',
    ]);
    // A kill seldom hits the middle of a write, so every other time the test does it.
    if (kill % 2 === 0) appendFileSync(join(from, 'audit.json'), '{"@timestamp":"2026-');
    gateway = await startGateway({ config: CONFIG, data: gateway.data });
  }
  await gateway.stop({ keepData: true });
  const verdict = await verifyTrail({ from });
  expect(verdict).toMatchObject({ result: 'intact', breaks: [] });
  expect(verdict.markedTorn).toBeGreaterThanOrEqual(KILLS / 2);
  expect(verdict.records).toBeGreaterThan(100);
  gateway = await startGateway({ config: CONFIG, data: gateway.data, until: 'listening' });
  await gateway.stop();
});
