import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Note } from './notifier.ts';
import { cut } from './shorten.ts';
import { composeText } from './wording.ts';

const NOTE: Note = {
  id: '1',
  incident: 'i',
  phase: 'first',
  severity: 'critical',
  title: 'The service is unavailable on box-1',
  text: 'No model has answered for 30 s.\nThe breaker was opened.',
  url: 'https://box/d/1',
  isTest: false,
  language: 'en',
};
const within = (max: number) => (text: string) => text.length <= max;

describe('the words of a message', () => {
  it.each([
    [
      {},
      '[Clawdbot] CRITICAL: The service is unavailable on box-1. No model has answered for 30 s. The breaker was opened. https://box/d/1',
    ],
    [{ phase: 'end', text: '' }, '[Clawdbot] RESOLVED: The service is unavailable on box-1 https://box/d/1'],
    [{ phase: 'update', text: '', url: undefined }, '[Clawdbot] UPDATE CRITICAL: The service is unavailable on box-1'],
    [{ isTest: true, text: '', url: undefined }, '[Clawdbot] TEST CRITICAL: The service is unavailable on box-1'],
    [{ severity: 'odd', title: 'Out!', text: 'Go.', url: undefined }, '[Clawdbot] odd: Out! Go.'],
    [
      { language: 'zh', title: '服务不可用', text: '断路器已打开', url: undefined },
      '[Clawdbot] 严重：服务不可用。断路器已打开',
    ],
    [
      { language: 'zh', phase: 'end', isTest: true, title: '服务', text: '', url: undefined },
      '[Clawdbot] 测试 已恢复：服务',
    ],
  ])('%j', (change, expected) => {
    const { url, ...rest } = { ...NOTE, ...change };
    expect(composeText({ ...rest, ...(url === undefined ? {} : { url }) } as Note, () => true)).toBe(expected);
  });

  it.each([
    [
      120,
      '[Clawdbot] CRITICAL: The service is unavailable on box-1. No model has answered for 30 s. The breaker... https://box/d/1',
    ],
    [74, '[Clawdbot] CRITICAL: The service is unavailable on box-1 https://box/d/1'],
    [60, '[Clawdbot] CRITICAL: The service is unavailable on box-1'],
    [40, '[Clawdbot] CRITICAL: The service is u...'],
  ])('in %i characters leave out the description first, then the link, and cut the title last', (max, expected) => {
    expect(composeText(NOTE, within(max))).toBe(expected);
  });

  it('always fit, and keep a link whole or leave it out', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.integer({ min: 20, max: 200 }),
        (title, text, max) => {
          const message = composeText({ ...NOTE, title, text }, within(max));
          expect(message.length).toBeLessThanOrEqual(max);
          const isOwn = `${title}${text}`.includes('box');
          expect(message.includes('//box') && !message.endsWith('https://box/d/1') && !isOwn).toBe(false);
        },
      ),
    );
  });
});

describe('cutting', () => {
  it('keeps what fits', () => expect(cut('abc', within(3))).toBe('abc'));
  it('says that something is missing', () => expect(cut('abcdef', within(5))).toBe('ab...'));
  it('leaves no emoji or accent in halves', () => {
    expect(cut('a👨‍👩‍👧bcdefghij', within(8))).toBe('a...');
    expect(cut('e\u0301e\u0301e\u0301e\u0301', within(7))).toBe('e\u0301e\u0301...');
  });
  it('gives up where not even one character fits', () => expect(cut('abcdef', within(3))).toBe(''));
});
