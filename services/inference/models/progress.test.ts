import { describe, expect, it } from 'vitest';
import { type FetchProgress, throttleProgress } from './progress.ts';

const received = (receivedBytes: number): FetchProgress => ({
  phase: 'downloading',
  source: 'hf a/b/c.gguf',
  file: 'c.gguf',
  receivedBytes,
  totalBytes: 100,
  part: 1,
  parts: 1,
});

describe('throttleProgress', () => {
  it('passes on the first, the last and one per interval, and every change of phase', () => {
    let nowMs = 0;
    const seen: FetchProgress[] = [];
    const report = throttleProgress((event) => void seen.push(event), { now: () => nowMs, intervalMs: 200 });
    report(received(1));
    nowMs = 100;
    report(received(2));
    nowMs = 200;
    report(received(3));
    report(received(100));
    report({ phase: 'checking', file: 'c.gguf' });
    report({ phase: 'failed', source: 'a', code: 'ERR_MODELS_SOURCE', reason: 'x' });
    report({ phase: 'failed', source: 'b', code: 'ERR_MODELS_SOURCE', reason: 'y' });
    expect(seen.map((event) => ('receivedBytes' in event ? event.receivedBytes : event.phase))).toEqual([
      1,
      3,
      100,
      'checking',
      'failed',
      'failed',
    ]);
  });
});
