import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diskBytes, MEASURED, showDisk } from './sizing.ts';

const PAGE = readFileSync(new URL('../docs/logs.md', import.meta.url), 'utf8');

describe('the page of sizes', () => {
  it.each([10, 100, 1000])('says what %d requests a second need', (requestsPerSecond) => {
    const disk = (days: number, copies: number) => showDisk(diskBytes({ requestsPerSecond, days, copies }));
    const row = [requestsPerSecond.toLocaleString('en'), disk(30, 0), disk(30, 1), disk(180, 0), disk(180, 1)];
    expect(PAGE).toContain(`| ${row.join(' | ')} |`);
  });

  it('says what was measured', () => {
    expect(PAGE).toContain(`| access line | ${MEASURED.accessBytes} |`);
    expect(PAGE).toContain(`| audit record | ${MEASURED.auditBytes} |`);
  });
});

describe('the size of disks', () => {
  it('grows with requests, days and copies, and leaves the room that Elasticsearch wants', () => {
    const one = diskBytes({ requestsPerSecond: 1, days: 1, copies: 0 });
    expect(one).toBeGreaterThan(86_400 * (MEASURED.accessBytes + MEASURED.auditBytes));
    expect(diskBytes({ requestsPerSecond: 2, days: 3, copies: 1 })).toBeCloseTo(one * 12);
  });
});
