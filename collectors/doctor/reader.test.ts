import { expect, it } from 'vitest';
import { fileTree } from '../../tests/kernel-tree.ts';
import { createDoctorReader } from './reader.ts';

const FILE = '/data/doctor.json';
const readText = (text: string) =>
  createDoctorReader({ intervalMs: 5000, files: fileTree({ [FILE]: text }), file: FILE }).read(
    new AbortController().signal,
  );
const AT = '1970-01-02T00:00:00.000Z';

it('tells the result of each check, and when the doctor looked', async () => {
  expect(await readText(JSON.stringify({ at: AT, checks: [{ name: 'cores', result: 'warn' }] }))).toEqual({
    kind: 'read',
    reading: [
      { key: 'doctorLastRun', value: 86_400, labels: {} },
      { key: 'doctorCheck', value: 0, labels: { check: 'cores', result: 'pass' } },
      { key: 'doctorCheck', value: 1, labels: { check: 'cores', result: 'warn' } },
      { key: 'doctorCheck', value: 0, labels: { check: 'cores', result: 'fail' } },
      { key: 'doctorCheck', value: 0, labels: { check: 'cores', result: 'unknown' } },
    ],
  });
});

it('says nothing of a check that it does not know', async () => {
  const reading = await readText(JSON.stringify({ at: AT, checks: [{ name: 'coffee', result: 'fail' }] }));
  expect(reading).toMatchObject({ reading: [{ key: 'doctorLastRun' }] });
});
