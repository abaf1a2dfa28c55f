import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopFilter } from './stop-filter.ts';

const run = (stops: readonly string[], chunks: readonly string[]) => {
  const filter = createStopFilter(stops);
  let text = '';
  for (const chunk of chunks) {
    const step = filter.push(chunk);
    text += step.text;
    if (step.stopped) return { text, stopped: true };
  }
  return { text: text + filter.end(), stopped: false };
};

/** The definition, one character at a time: the answer ends as soon as it ends with a stop string. */
const reference = (stops: readonly string[], text: string) => {
  for (let end = 1; end <= text.length; end += 1) {
    const lengths = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => stop.length);
    if (lengths.length > 0) return { text: text.slice(0, end - Math.max(...lengths)), stopped: true };
  }
  return { text, stopped: false };
};

const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
};

describe('createStopFilter', () => {
  it('ends before a stop string that spans chunks', () => {
    expect(run(['END'], ['one E', 'N', 'D two'])).toEqual({ text: 'one ', stopped: true });
  });

  it('gives back what only looked like a stop string', () => {
    expect(run(['END'], ['one EN', 'V', 'Y'])).toEqual({ text: 'one ENVY', stopped: false });
    expect(run(['END'], ['one EN'])).toEqual({ text: 'one EN', stopped: false });
  });

  it('holds back nothing that cannot become a stop string', () => {
    const filter = createStopFilter(['\n\n']);
    expect(filter.push('a\nb')).toEqual({ text: 'a\nb', stopped: false });
    expect(filter.push('c\n')).toEqual({ text: 'c', stopped: false });
  });

  it('ends at the stop string that is complete first', () => {
    expect(run(['abcd', 'bc'], ['xab', 'cd'])).toEqual({ text: 'xa', stopped: true });
  });

  it('keeps everything without stop strings', () => {
    expect(run([''], ['a', 'b'])).toEqual({ text: 'ab', stopped: false });
  });

  it('answers the same wherever the stream is cut', () => {
    const letters = fc.constantFrom('a', 'b', 'c', '字', '🙂');
    const text = fc.array(letters, { maxLength: 24 }).map((parts) => parts.join(''));
    const stops = fc.array(
      fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(text, stops, fc.array(fc.nat()), (whole, words, cuts) => {
        expect(run(words, cutAt(whole, cuts))).toEqual(reference(words, whole));
      }),
      { numRuns: 500 },
    );
  });
});
