import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trailFiles } from './files.ts';
import { createTestFolder, type TestFolder } from './test-trail.ts';
import { verifyTrail } from './verify.ts';

const RECORDS = 12;

let original: TestFolder;
let copy: string;
/** The files of the trail, oldest first, as text. */
let texts: Map<string, string>;

beforeAll(async () => {
  original = createTestFolder();
  const trail = await original.open({ maxFileBytes: 2000 });
  for (let index = 0; index < RECORDS; index += 1) {
    trail.append('inference.answered', { 'user.id': 'key:a', labels: { index } });
    await trail.flush();
  }
  await trail.stop();
  const last = await original.open();
  for (let index = 0; index < 3; index += 1) last.append('limits.changed', { 'user.id': 'key:a', labels: { index } });
  await last.stop();
  const files = await trailFiles(original.dir);
  texts = new Map(files.map((file) => [file.slice(original.dir.length + 1), readFileSync(file, 'utf8')]));
});
afterAll(() => original.remove());
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'clawdbot-verify-'));
  cpSync(original.dir, copy, { recursive: true });
  return () => rmSync(copy, { recursive: true, force: true });
});

const CURRENT = 'audit.json';
const linesIn = (name: string) => (texts.get(name) ?? '').trimEnd().split('\n');
const rewrite = (name: string, lines: readonly string[]) => writeFileSync(join(copy, name), `${lines.join('\n')}\n`);
const breaks = async () =>
  (await verifyTrail({ from: copy })).breaks.map(({ kind, file, line }) => `${kind} ${file}:${line}`);

describe('a copy of a trail', () => {
  it('is intact as it was written, over several files', async () => {
    expect(texts.size).toBeGreaterThan(2);
    const verdict = await verifyTrail({ from: copy });
    expect(verdict).toMatchObject({ result: 'intact', breaks: [], files: texts.size, unsignedRecords: 0 });
  });

  it('is checked with nothing but its files and one public key', async () => {
    const [name] = readdirSync(join(copy, 'keys'));
    const publicKeyFile = join(copy, 'key.pem');
    writeFileSync(publicKeyFile, readFileSync(join(copy, 'keys', String(name))));
    for (const extra of ['keys', 'lock.db']) rmSync(join(copy, extra), { recursive: true, force: true });
    expect(await verifyTrail({ from: copy, publicKeyFile })).toMatchObject({ result: 'intact', isKeyGiven: true });
  });

  it('says where a line was changed', async () => {
    const lines = linesIn(CURRENT);
    rewrite(CURRENT, lines.with(1, lines[1]?.replace('"process.pid":', '"process.pid":1') ?? ''));
    expect(await breaks()).toEqual([`changed ${CURRENT}:2`]);
  });

  it('says where a line was removed', async () => {
    rewrite(CURRENT, linesIn(CURRENT).toSpliced(1, 1));
    expect(await breaks()).toEqual([`removed ${CURRENT}:2`]);
  });

  it('says where a line was inserted, a new one or one of its own', async () => {
    const lines = linesIn(CURRENT);
    rewrite(CURRENT, lines.toSpliced(1, 0, '{"event.action":"a.b"}'));
    expect(await breaks()).toEqual([`inserted ${CURRENT}:2`]);
    rewrite(CURRENT, lines.toSpliced(2, 0, lines[0] ?? ''));
    expect(await breaks()).toEqual([`inserted ${CURRENT}:3`]);
  });

  it('says where two lines were swapped', async () => {
    const lines = linesIn(CURRENT);
    rewrite(CURRENT, lines.with(1, lines[2] ?? '').with(2, lines[1] ?? ''));
    expect(await breaks()).toEqual([`reordered ${CURRENT}:2`]);
  });

  it('says where the end was cut off, within a file and at the end of all', async () => {
    rewrite(CURRENT, linesIn(CURRENT).slice(0, -1));
    expect(await breaks()).toEqual([`truncated ${CURRENT}:1`]);
    cpSync(original.dir, copy, { recursive: true });
    const [first] = texts.keys();
    const second = [...texts.keys()][1];
    rewrite(String(first), linesIn(String(first)).slice(0, -1));
    expect(await breaks()).toEqual([`truncated ${second}:1`]);
  });

  it('says that whole files are missing', async () => {
    const [first, second, third] = texts.keys();
    rmSync(join(copy, String(first)));
    expect(await breaks()).toEqual([`truncated ${second}:1`]);
    cpSync(original.dir, copy, { recursive: true });
    rmSync(join(copy, String(second)));
    expect(await breaks()).toEqual([`truncated ${third}:1`]);
  });

  it('says that the head is missing, forged or of another time', async () => {
    const head = JSON.parse(readFileSync(join(copy, 'head.json'), 'utf8'));
    rmSync(join(copy, 'head.json'));
    expect(await breaks()).toEqual(['removed head.json:1']);
    writeFileSync(join(copy, 'head.json'), JSON.stringify({ ...head, sequence: head.sequence - 1 }));
    expect(await breaks()).toContain('changed head.json:1');
  });

  it('is not mended by writing all hashes anew, because nobody else can sign', async () => {
    const changed = linesIn(CURRENT).map((line) => JSON.parse(line));
    let previous = changed[0]['labels.previous_hash'];
    const lines = changed.map(({ 'event.hash': _, ...record }, index) => {
      const next = { ...record, 'labels.previous_hash': previous, ...(index === 1 ? { 'user.id': 'key:b' } : {}) };
      const text = JSON.stringify(next).slice(0, -1);
      previous = createHash('sha256').update(text).digest('hex');
      return `${text},"event.hash":"${previous}"}`;
    });
    rewrite(CURRENT, lines);
    const verdict = await verifyTrail({ from: copy });
    expect(verdict.result).toBe('broken');
    expect(verdict.breaks.map(({ message }) => message).join()).toContain('may be rewritten');
  });

  it('is not taken for signed where there is no public key', async () => {
    rmSync(join(copy, 'keys'), { recursive: true });
    expect(await breaks()).toEqual(['removed keys:1']);
    expect((await verifyTrail({ from: copy })).signedHeads).toBe(0);
  });

  it('is held against a head that was shipped earlier', async () => {
    const early = join(copy, 'shipped.json');
    writeFileSync(early, readFileSync(join(copy, 'head.json')));
    rewrite(CURRENT, linesIn(CURRENT).slice(0, 1));
    rmSync(join(copy, 'head.json'));
    expect((await verifyTrail({ from: copy, headFile: early })).breaks).toMatchObject([{ kind: 'truncated' }]);
  });

  it('may be a single file of it, which then begins anywhere', async () => {
    expect(await verifyTrail({ from: join(copy, CURRENT) })).toMatchObject({ result: 'intact', files: 1 });
  });
});

const isSameValue = (changed: Buffer, bytes: Buffer): boolean => {
  try {
    return JSON.stringify(JSON.parse(changed.toString())) === JSON.stringify(JSON.parse(bytes.toString()));
  } catch {
    return false;
  }
};

describe('any change of the bytes of a trail', () => {
  type Change = (bytes: Buffer, at: number, other: number, value: number) => Buffer;
  const CHANGES: Readonly<Record<string, Change>> = {
    'an edit': (bytes, at, _other, value) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (value || 1);
      return changed;
    },
    'a deletion': (bytes, at, other) =>
      Buffer.concat([bytes.subarray(0, Math.min(at, other)), bytes.subarray(Math.max(at, other) + 1)]),
    'an insertion': (bytes, at, _other, value) =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from([value]), bytes.subarray(at)]),
    'a swap': (bytes, at, other) => {
      const changed = Buffer.from(bytes);
      [changed[at], changed[other]] = [changed[other] ?? 0, changed[at] ?? 0];
      return changed;
    },
    'a cut': (bytes, at) => bytes.subarray(0, at),
    'a copy of a part': (bytes, at, other) =>
      Buffer.concat([bytes, bytes.subarray(Math.min(at, other), Math.max(at, other) + 1)]),
  };

  it.each(Object.entries(CHANGES))('is found: %s', async (_name, change) => {
    const files = [...texts.keys(), 'head.json'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 255 }),
        async (name, at, other, value) => {
          const bytes = readFileSync(join(original.dir, name));
          const changed = change(bytes, Math.floor(at * bytes.length), Math.floor(other * bytes.length), value);
          fc.pre(!changed.equals(bytes));
          writeFileSync(join(copy, name), changed);
          const { result } = await verifyTrail({ from: copy });
          writeFileSync(join(copy, name), bytes);
          // A head file may hold spaces around what is signed; nothing it says can change.
          expect(result === 'intact').toBe(name === 'head.json' && isSameValue(changed, bytes));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is found in lines too: any of them taken out, doubled or moved', async () => {
    const all = [...texts.keys()].flatMap((name) => linesIn(name).map((_, index) => ({ name, index })));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.nat({ max: 5 }),
        fc.constantFrom('remove', 'double', 'move'),
        async ({ name, index }, target, how) => {
          const lines = linesIn(name);
          const line = lines[index] ?? '';
          const rest = how === 'double' ? lines : lines.toSpliced(index, 1);
          const changed = how === 'remove' ? rest : rest.toSpliced(Math.min(target, rest.length), 0, line);
          fc.pre(changed.join() !== lines.join());
          rewrite(name, changed);
          const { result } = await verifyTrail({ from: copy });
          rewrite(name, lines);
          expect(result).toBe('broken');
        },
      ),
      { numRuns: 100 },
    );
  });
});
