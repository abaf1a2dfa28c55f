import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { configSchema } from '../../core/config/schema.ts';
import { mintToken } from '../../services/inference/auth/mint.ts';
import { until } from '../../tests/stream.ts';
import { type Clock, keepTokenFile, type TokenFile } from './token-file.ts';

const LIFE_SECONDS = 3600;

let dir: string;
let file: string;
let now: number;
let look: (() => void) | undefined;
let kept: TokenFile;
let told: string[];
let minted: number;
let isBroken: boolean;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-token-'));
  file = join(dir, 'token');
  now = 1_800_000_000_000;
  told = [];
  minted = 0;
  isBroken = false;
});
afterEach(async () => {
  await kept.stop();
  rmSync(dir, { recursive: true, force: true });
});

const clock: Clock = {
  now: () => now,
  every(_ms, act) {
    look = act;
    return () => {
      look = undefined;
    };
  },
};

const keep = (mint: (life: number) => Promise<string>): void => {
  kept = keepTokenFile({
    ...{ file, lifeSeconds: LIFE_SECONDS, clock },
    async mint(life) {
      minted += 1;
      if (isBroken) throw new Error('the disk is full');
      return mint(life);
    },
    onFailing: (error) => told.push(`failing: ${error instanceof Error ? error.message : ''}`),
    onRecovered: () => told.push('recovered'),
  });
};

/** Time goes by, and what it set off has ended. */
const pass = async (seconds: number): Promise<void> => {
  now += seconds * 1000;
  await turn();
  look?.();
  await turn();
};
/** Until nothing is under way: a renewal is a few turns of the event loop and of the disk. */
const turn = (): Promise<void> =>
  until(
    () => kept.isRenewing,
    (isRenewing) => !isRenewing,
  ).then(() => undefined);
const read = (): string => readFileSync(file, 'utf8');

it('writes a token for its owner alone, and a new one at half of its life, not before', async () => {
  keep(async () => `token ${minted}`);
  await kept.ready;
  expect(read()).toBe('token 1');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await pass(LIFE_SECONDS / 2 - 1);
  expect(minted).toBe(1);
  await pass(1);
  expect(read()).toBe('token 2');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('holds a token that the gateway takes at every moment of ten lives', async () => {
  const paths = dataPaths(dir);
  const jwt = configSchema.parse({}).auth.jwt;
  keep((ttlSeconds) =>
    mintToken({ paths, jwt, scopes: ['metrics'], subject: 'prometheus', ttlSeconds, now: () => now }),
  );
  await kept.ready;
  const seen = new Set<string>();
  for (let second = 0; second < 10 * LIFE_SECONDS; second += 60) {
    await pass(60);
    expect(expiry() - now / 1000).toBeGreaterThan(LIFE_SECONDS / 2);
    seen.add(read());
  }
  expect(seen.size).toBeGreaterThanOrEqual(19);
});
const expiry = (): number => JSON.parse(Buffer.from(read().split('.')[1] ?? '', 'base64url').toString()).exp;

it('tries again at every look while it fails, tells that once, and keeps the old token meanwhile', async () => {
  keep(async () => `token ${minted}`);
  await kept.ready;
  isBroken = true;
  await pass(LIFE_SECONDS / 2);
  await pass(15);
  expect(told).toEqual(['failing: the disk is full']);
  expect(read()).toBe('token 1');
  isBroken = false;
  await pass(15);
  expect(told).toEqual(['failing: the disk is full', 'recovered']);
  expect(read()).toBe('token 4');
});

it('makes a new one when the clock is set back, because a token of the future is refused', async () => {
  keep(async () => `token ${minted}`);
  await kept.ready;
  await pass(-60);
  expect(read()).toBe('token 2');
});

it('removes the token when it is stopped', async () => {
  keep(async () => `token ${minted}`);
  await kept.ready;
  await kept.stop();
  expect(read).toThrow('ENOENT');
  expect(look).toBeUndefined();
});
