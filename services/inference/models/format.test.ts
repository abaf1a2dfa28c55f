import { describe, expect, it } from 'vitest';
import { formatBytes, formatParameters } from './format.ts';

describe('format', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [98_362_432, '98.4 MB'],
    [999_999, '1.0 MB'],
    [12_109_566_560, '12.1 GB'],
    [512e9, '512 GB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [134_515_008, '135M'],
    [7_615_616_512, '7.6B'],
    [8e9, '8B'],
    [405e9, '405B'],
  ])('writes %d parameters as %s', (count, text) => {
    expect(formatParameters(count)).toBe(text);
  });
});
