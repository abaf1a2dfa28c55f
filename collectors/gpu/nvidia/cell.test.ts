import { describe, expect, it } from 'vitest';
import { bitsIn, numberIn, readCell } from './cell.ts';

describe('a cell', () => {
  it.each([
    '',
    '-',
    'N/A',
    '[N/A]',
    '[Not Supported]',
    'Not Supported',
    '[Insufficient Permissions]',
    '[Requested functionality has been deprecated]',
    '[Something a later driver says]',
  ])('that says %j is nothing', (text) => expect(readCell(text)).toEqual({ kind: 'absent' }));

  it.each(['[Unknown Error]', 'ERR!', '[GPU is lost]', '[GPU requires reset]'])(
    'that says %j is a fault, not nothing',
    (text) => expect(readCell(text).kind).toBe('fault'),
  );

  it('that says 0 is a value', () => expect(readCell(' 0 ')).toEqual({ kind: 'value', text: '0' }));

  it('holds its number with and without a unit', () => {
    expect([numberIn('84.24'), numberIn('84.24 W'), numberIn('0 %'), numberIn('-3')]).toEqual([84.24, 84.24, 0, -3]);
    expect([numberIn('Yes'), numberIn('1e9x'), numberIn('Infinity'), numberIn('0x10')]).toEqual(
      Array(4).fill(undefined),
    );
  });

  it('holds bits', () => {
    expect(bitsIn('0x0000000000000104')).toBe(0x104);
    expect(bitsIn('104')).toBeUndefined();
  });
});
