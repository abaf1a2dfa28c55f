import { describe, expect, it } from 'vitest';
import { lineageMetadata, readLineage } from './lineage.ts';

const lineage = { source: 'a.gguf', sha256: 'f'.repeat(64), from: 'F16', type: 'Q4_0', date: '2026-01-02' };

describe('readLineage', () => {
  it('reads back what was recorded, with the release the quantiser added', () => {
    const metadata = new Map([...Object.entries(lineageMetadata(lineage)), ['clawdbot.lineage.llama_cpp', 'v1']]);
    expect(readLineage(metadata)).toEqual({ ...lineage, llamaCpp: 'v1' });
  });

  it('knows nothing of a file that was not made here', () => {
    expect(readLineage(new Map([['general.name', 'somebody']]))).toBeUndefined();
  });

  it('keeps control characters of a forged entry away from terminals', () => {
    const metadata = new Map([['clawdbot.lineage.source', 'a\u001b[2Jb']]);
    expect(readLineage(metadata)?.source).toBe('a [2Jb');
  });
});
