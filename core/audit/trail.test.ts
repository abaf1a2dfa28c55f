import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../tests/fixtures/models/tmpfs.ts';
import { createTestFolder, type TestFolder } from './test-trail.ts';
import { verifyTrail } from './verify.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = createTestFolder();
});
afterEach(() => folder.remove());

const file = () => join(folder.dir, 'audit.json');
const records = (): Record<string, unknown>[] =>
  readFileSync(file(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const actions = () => records().map((record) => record['event.action']);
const rotated = () => readdirSync(folder.dir).filter((name) => name.startsWith('audit-'));

describe('an audit trail', () => {
  it('is one chain of ECS records that begins with a name and ends with a signature', async () => {
    const trail = await folder.open();
    trail.append('limits.changed', { 'user.id': 'key:a', labels: { source: 'api', after: { queue: 1 } } });
    await trail.stop();
    expect(actions()).toEqual(['audit.file_begun', 'audit.started', 'limits.changed', 'audit.head_signed']);
    const [first, second, changed] = records();
    expect(first).toMatchObject({ 'event.sequence': 1, 'labels.previous_hash': '0'.repeat(64) });
    expect(second).toMatchObject({ 'event.sequence': 2, 'labels.previous_hash': first?.['event.hash'] });
    expect(changed).toMatchObject({
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      'event.dataset': 'clawdbot.audit',
      'event.outcome': 'success',
      'user.id': 'key:a',
      'labels.source': 'api',
      'labels.after': { queue: 1 },
    });
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({ result: 'intact', records: 4, unsignedRecords: 0 });
  });

  it('goes on after a restart', async () => {
    for (const action of ['first.run', 'second.run']) {
      const trail = await folder.open();
      trail.append(action);
      await trail.stop();
    }
    expect(records().map((record) => record['event.sequence'])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({ result: 'intact', records: 7 });
  });

  it('is one chain whoever writes it, also at the same time', async () => {
    const service = await folder.open();
    const visitors = await Promise.all([1, 2, 3].map(() => folder.open({}, { isVisitor: true })));
    for (let round = 0; round < 20; round += 1) {
      for (const [index, trail] of [service, ...visitors].entries()) trail.append('a.b', { labels: { index, round } });
      await Promise.all([service, ...visitors].map((trail) => trail.flush()));
    }
    await Promise.all(visitors.map((trail) => trail.stop()));
    await service.stop();
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({ result: 'intact' });
    expect(actions().filter((action) => action === 'a.b')).toHaveLength(80);
  });

  it('begins a new file when one is full, and the chain goes on over it', async () => {
    const trail = await folder.open({ maxFileBytes: 2000 });
    for (let index = 0; index < 12; index += 1) {
      trail.append('a.b', { labels: { index } });
      await trail.flush();
    }
    await trail.stop();
    expect(rotated().length).toBeGreaterThan(2);
    expect(records()[0]).toMatchObject({
      'event.action': 'audit.file_begun',
      'labels.previous_file': rotated().at(-1),
    });
    const verdict = await verifyTrail({ from: folder.dir });
    expect(verdict).toMatchObject({ result: 'intact', files: rotated().length + 1 });
  });

  it('keeps files for their days, deletes them after, and says so in the chain', async () => {
    let now = Date.UTC(2026, 0, 1);
    const trail = await folder.open({ maxFileBytes: 1500, retentionDays: 200 }, { now: () => now });
    const fill = async () => {
      for (let index = 0; index < 8; index += 1) {
        trail.append('a.b', { labels: { index } });
        await trail.flush();
      }
    };
    await fill();
    const old = rotated();
    now += 200 * 86_400_000;
    await fill();
    expect(rotated()).toEqual(expect.arrayContaining(old));
    now += 86_400_000;
    await fill();
    await trail.stop();
    expect(old.filter((name) => existsSync(join(folder.dir, name)))).toEqual([]);
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({ result: 'intact' });
  });

  it('marks a torn line after a crash and goes on', async () => {
    await (await folder.open()).stop();
    appendFileSync(file(), '{"@timestamp":"2026-01-01T00:00:00.000Z","event.acti');
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({
      result: 'torn',
      breaks: [{ kind: 'torn', line: 4 }],
    });
    await (await folder.open()).stop();
    expect(readFileSync(file(), 'utf8')).toContain('audit.line_torn');
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({ result: 'intact', markedTorn: 1 });
  });

  it('marks a file that holds nothing but a torn line', async () => {
    await (await folder.open({}, { isVisitor: true })).stop();
    const before = await verifyTrail({ from: folder.dir });
    expect(before.records).toBeGreaterThan(0);
    const other = createTestFolder();
    try {
      await (await other.open({}, { isVisitor: true })).stop();
      for (const name of readdirSync(other.dir)) if (name === 'head.json') writeFileSync(join(other.dir, name), '');
      writeFileSync(join(other.dir, 'audit.json'), '{"torn');
      await (await other.open()).stop();
      expect(await verifyTrail({ from: other.dir })).toMatchObject({ result: 'intact', markedTorn: 1 });
    } finally {
      other.remove();
    }
  });

  it('never fills a gap that somebody cut while it was stopped', async () => {
    const trail = await folder.open();
    trail.append('a.secret');
    await trail.stop();
    const text = readFileSync(file(), 'utf8').split('\n');
    writeFileSync(file(), `${text.slice(0, 2).join('\n')}\n`);
    await (await folder.open()).stop();
    expect(actions()).toContain('audit.lines_missing');
    expect(await verifyTrail({ from: folder.dir })).toMatchObject({
      result: 'broken',
      breaks: [{ kind: 'removed', line: 3 }],
    });
  });

  it('never fills a gap that somebody cut while it was running', async () => {
    const trail = await folder.open();
    trail.append('a.secret');
    await trail.flush();
    truncateSync(file(), statSync(file()).size - 10);
    trail.append('a.later');
    await trail.stop();
    expect((await verifyTrail({ from: folder.dir })).result).toBe('broken');
  });

  it('records what JSON cannot say as unreadable instead of losing it', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const trail = await folder.open();
    trail.append('a.b', { labels: { cyclic } });
    await trail.stop();
    expect(records()[2]).toMatchObject({ 'event.action': 'audit.record_unreadable', 'labels.of': 'a.b' });
  });

  it('counts what it wrote', async () => {
    const counted: unknown[] = [];
    const trail = await folder.open({}, { telemetry: { counter: (key, labels) => void counted.push([key, labels]) } });
    trail.append('inference.refused', { 'event.outcome': 'failure' });
    trail.append('key.created');
    await trail.stop();
    expect(counted).toContainEqual(['auditRecords', { event: 'inference', outcome: 'failure' }]);
    expect(counted).toContainEqual(['auditRecords', { event: 'credential', outcome: 'success' }]);
  });
});

describe('a trail that cannot be written', () => {
  it('keeps the service from starting, where nothing may happen without it', async () => {
    writeFileSync(folder.dir, 'no folder');
    await expect(folder.open()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(AUDIT|CONFIG)_/) });
  });

  it('refuses work on a full disk, loses no record, and goes on when there is room', async ({ skip }) => {
    const small = mountSmallDisk();
    if (small === undefined) return skip('a disk to fill up needs root on Linux');
    const full = createTestFolder(small.folder);
    const problems: boolean[] = [];
    try {
      const trail = await full.open({}, { report: ({ isFailing }) => void problems.push(isFailing) });
      trail.check();
      const filler = join(small.folder, 'filler');
      writeFileSync(filler, '');
      try {
        for (;;) appendFileSync(filler, Buffer.alloc(4096));
      } catch {
        // Full.
      }
      for (let index = 0; index < 20; index += 1) trail.append('a.b', { labels: { index, text: 'x'.repeat(900) } });
      await expect(trail.flush()).rejects.toMatchObject({ code: 'ERR_AUDIT_UNAVAILABLE' });
      expect(() => trail.check()).toThrow(/cannot be written/);
      truncateSync(filler);
      await trail.flush();
      expect(() => trail.check()).not.toThrow();
      await trail.stop();
      expect(problems).toEqual([true, false]);
      const written = readFileSync(join(full.dir, 'audit.json'), 'utf8');
      expect(written.match(/"event.action":"a.b"/g)).toHaveLength(20);
      expect(written).toContain('audit.write_recovered');
      expect((await verifyTrail({ from: full.dir })).result).toBe('intact');
    } finally {
      small.unmount();
    }
  });
});
