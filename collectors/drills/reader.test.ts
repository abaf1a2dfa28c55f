import { expect, it } from 'vitest';
import { fileTree } from '../../tests/kernel-tree.ts';
import { createDrillReader } from './reader.ts';

const FILE = '/data/drills.json';
const read = (tree: Record<string, string>) =>
  createDrillReader({ intervalMs: 5000, files: fileTree(tree), file: FILE }).read(new AbortController().signal);
const readText = (text: string) => read({ [FILE]: text });
const PASSED = { name: 'gpu-hot', profile: 'real', outcome: 'passed', at: '1970-01-02T00:00:00.000Z' };
const labels = { drill: 'gpu-hot', profile: 'real' };

it('tells how a drill ended, when, and the times that were measured', async () => {
  const drills = [{ ...PASSED, detectionMs: 61_500, recoveryMs: 0 }];
  expect(await readText(JSON.stringify({ drills }))).toEqual({
    kind: 'read',
    reading: [
      { key: 'drillOutcome', value: 1, labels: { ...labels, outcome: 'passed' } },
      { key: 'drillOutcome', value: 0, labels: { ...labels, outcome: 'failed' } },
      { key: 'drillOutcome', value: 0, labels: { ...labels, outcome: 'skipped' } },
      { key: 'drillLastRun', value: 86_400, labels },
      { key: 'drillDuration', value: 61.5, labels: { ...labels, phase: 'detection' } },
      { key: 'drillDuration', value: 0, labels: { ...labels, phase: 'recovery' } },
    ],
  });
});

it('says nothing of a drill that there is no more, and leaves alone what a later version adds', async () => {
  const drills = [
    { ...PASSED, name: 'coffee-spilt' },
    { ...PASSED, mood: 'good' },
  ];
  const outcome = await readText(JSON.stringify({ drills, version: 2 }));
  expect(outcome).toMatchObject({ kind: 'read', reading: { length: 4 } });
});

it('knows that none was run from a service in which none ever was', async () => {
  expect(await readText('{"drills":[]}')).toEqual({ kind: 'read', reading: [] });
  expect(await read({})).toMatchObject({ kind: 'absent' });
});

it.each([
  '',
  '{',
  '[]',
  '{"drills":[{}]}',
  JSON.stringify({ drills: [{ ...PASSED, outcome: 'perhaps' }] }),
  JSON.stringify({ drills: [{ ...PASSED, at: 'yesterday' }] }),
  JSON.stringify({ drills: [{ ...PASSED, detectionMs: -1 }] }),
])('fails where the file holds no drills: %j', async (text) => {
  expect(await readText(text)).toMatchObject({ kind: 'failed', reason: 'malformed' });
});
