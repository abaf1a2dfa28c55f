import { expect, it } from 'vitest';
import { JOB_ID, newJobId } from './id.ts';

it('makes ids that look like one and sort by age', () => {
  const times = [0, 1, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 1_900_000_000_000];
  const ids = times.map(newJobId);
  for (const id of ids) expect(id).toMatch(JOB_ID);
  expect([...ids].sort()).toEqual(ids);
});

it('never makes the same id twice in a moment', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newJobId(1))).size).toBe(10_000);
});

it.each([
  '',
  'job_',
  'job_0123',
  'JOB_00000000000000000000000000',
  'job_0000000000000000000000000i',
  'job_00000000000000000000000000\n',
])('knows what is no id: %j', (text) => {
  expect(JOB_ID.test(text)).toBe(false);
});
