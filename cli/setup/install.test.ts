import { expect, it } from 'vitest';
import { judge } from './install.mjs';
import type { Mismatch } from './lock-match.mjs';

const lock = { lockfileVersion: 3, packages: { 'node_modules/@app/linux': { version: '1.0.0', optional: true } } };
const left: Mismatch[] = [{ key: 'node_modules/@app/linux', optional: true, why: 'absent' }];

it('is content when nothing was left out', async () =>
  expect(await judge([], () => Promise.reject(new Error('not asked')), lock)).toEqual([]));

it('lets an optional package go that the registry does not have', async () => {
  const asked: string[] = [];
  const isInRegistry = async (spec: string) => asked.push(spec) === 0;
  expect(await judge(left, isInRegistry, lock)).toEqual(['node_modules/@app/linux']);
  expect(asked).toEqual(['@app/linux@1.0.0']);
});

it('does not take a failed download of an optional package for its absence', async () =>
  await expect(judge(left, async () => true, lock)).rejects.toThrow('@app/linux@1.0.0: the registry has it'));

it('does not let a required package go', async () => {
  const required: Mismatch[] = [{ key: 'node_modules/app', optional: false, why: 'other version' }];
  await expect(judge(required, async () => false, lock)).rejects.toThrow('node_modules/app (other version)');
});
