import { describe, expect, it } from 'vitest';
import { createAnswerText } from './answer-text.ts';

const read = (pieces: readonly Uint8Array[], options: { isJson?: boolean; isTrimmed?: boolean } = {}) => {
  const answer = createAnswerText({
    piece: (token) => pieces[token] ?? new Uint8Array(),
    isJson: options.isJson ?? false,
    isTrimmed: options.isTrimmed ?? false,
  });
  return { chunks: pieces.map((_, token) => answer.push(token)), rest: answer.end() };
};

const texts = (...pieces: readonly string[]) => pieces.map((piece) => Buffer.from(piece));

describe('createAnswerText', () => {
  it('never breaks a character that is spread over tokens', () => {
    const bytes = Buffer.from('a🙂b');
    const { chunks } = read([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(chunks.map(({ text }) => text)).toEqual(['a', '', '', '', '🙂', 'b']);
  });

  it('says so when a character never became complete', () => {
    expect(read([Buffer.from('🙂').subarray(0, 2)]).rest).toBe('\u{fffd}');
  });

  it('ends with a JSON value and drops what comes after it', () => {
    const { chunks } = read(texts('{"a"', ':1', '}\n\n'), { isJson: true });
    expect(chunks.at(-1)).toEqual({ text: '}', isEnd: true });
  });

  it('leaves out the space before the first word only where it belongs to no text', () => {
    expect(read(texts(' Hello', ' you'), { isTrimmed: true }).chunks.map(({ text }) => text)).toEqual([
      'Hello',
      ' you',
    ]);
    expect(read(texts(' Hello')).chunks[0]?.text).toBe(' Hello');
  });
});
