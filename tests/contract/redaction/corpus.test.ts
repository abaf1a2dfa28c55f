import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Redacted } from '../../../services/inference/redact/redactor.ts';
import { corpusOf, PARTS } from '../../redaction/corpus.ts';
import { renderPage } from '../../redaction/page.ts';
import { BARS, failuresOf, precisionFor } from '../../redaction/report.ts';
import { recallOf, score } from '../../redaction/score.ts';
import { finderOf, redactorOfAllPacks } from '../../redaction/subject.ts';
import { TYPE_NAMES, TYPES } from '../../redaction/types.ts';
import { writtenTexts } from '../../redaction/written/written.ts';

const CORE = TYPE_NAMES.filter((type) => TYPES[type] === 'core');

describe('the corpus', () => {
  const texts = PARTS.flatMap(corpusOf);

  it('is the same whenever it is made', () => {
    expect(corpusOf('held-out')).toEqual(corpusOf('held-out'));
    expect(new Set(texts.map(({ id }) => id)).size).toBe(texts.length);
  });

  it('has thousands of texts, two of five of them look-alikes, of hundreds of carriers in two languages', () => {
    expect(texts.length).toBeGreaterThanOrEqual(3000);
    expect(texts.filter(({ spans }) => spans.length === 0).length / texts.length).toBeGreaterThanOrEqual(0.4);
    expect(new Set(texts.map(({ carrier }) => carrier)).size).toBeGreaterThanOrEqual(150);
    const chinese = texts.filter(({ text }) => /\p{sc=Han}/u.test(text)).length;
    expect(chinese / texts.length).toBeGreaterThan(0.25);
    expect(chinese / texts.length).toBeLessThan(0.75);
  });

  it('has enough values of every core type in both parts that one miss is less than the bar allows', () => {
    for (const part of PARTS) {
      const spans = corpusOf(part).flatMap((text) => text.spans);
      for (const type of CORE) {
        expect(spans.filter((span) => span.type === type).length, type).toBeGreaterThanOrEqual(60);
      }
    }
  });

  it('labels what lies in its texts, one value after the other', () => {
    const wrong = texts.filter(({ text, spans }) =>
      spans.some(({ start, end }, index) => {
        const value = text.slice(start, end);
        return start < (spans[index - 1]?.end ?? 0) || end > text.length || value === '' || value !== value.trim();
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('holds carriers in its second part that the first never shows', () => {
    const seen = new Set(corpusOf('development').map(({ carrier }) => carrier));
    expect(corpusOf('held-out').filter(({ carrier }) => !seen.has(carrier)).length).toBeGreaterThan(500);
  });
});

describe('the scorer', () => {
  it('finds nothing right where nothing is found, and everything wrong where everything is', () => {
    const texts = corpusOf('development').slice(0, 200);
    expect(score(texts, () => []).types.every(({ covered }) => covered === 0)).toBe(true);
    const all = score(texts, (text) => [{ rule: 'all', action: 'mask', start: 0, length: text.length }]);
    expect(all.types.every(({ values, covered }) => covered === values)).toBe(true);
    expect(all.touched).toBe(all.lookAlikes);
    expect(all.greedy.length).toBeGreaterThan(0);
  });

  it('counts a value of which one character is left as missed', () => {
    const [text] = corpusOf('development').filter(({ spans }) => spans.length === 1);
    const [span] = text?.spans ?? [];
    if (text === undefined || span === undefined) throw new TypeError('the corpus has such a text');
    const short = { rule: 'x', action: 'mask', start: span.start, length: span.end - span.start - 1 } as const;
    expect(score([text], () => [short]).misses).toHaveLength(1);
    expect(score([text], () => [{ ...short, length: short.length + 1 }]).misses).toHaveLength(0);
  });
});

describe.each(PARTS)('the rules on the %s part', (part) => {
  const texts = corpusOf(part);
  const redactor = redactorOfAllPacks();
  const result = score(texts, finderOf(redactor));

  it.each(CORE)('find %s and little else', (type) => {
    const row = result.types.find((one) => one.type === type);
    const why = part === 'development' ? failuresOf(result, 3, true).join('\n') : '';
    expect(row === undefined ? 0 : recallOf(row), `recall of ${type}\n${why}`).toBeGreaterThanOrEqual(BARS.recall);
    expect(precisionFor(type, result.rules), `precision of ${type}\n${why}`).toBeGreaterThanOrEqual(BARS.precision);
  });

  it('leave everything outside their findings as it was', () => {
    expect(texts.filter(({ text }) => !isKept(text, redactor.redact(text))).map(({ id }) => id)).toEqual([]);
  });

  it('say the same of a text that comes in pieces', () => {
    const joined = (text: string, size: number): string => {
      const stream = redactor.stream();
      let all = '';
      for (let at = 0; at < text.length; at += size) all += stream.push(text.slice(at, at + size)).text;
      return all + stream.end().text;
    };
    const some = texts.filter((_, index) => index % 4 === 0);
    const wrong = some.filter(({ text }, index) => joined(text, 1 + (index % 7)) !== redactor.redact(text).text);
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

describe('the rules on the written texts', () => {
  const texts = writtenTexts();
  const redactor = redactorOfAllPacks();
  const result = score(texts, finderOf(redactor));

  it.each(CORE)('find %s and little else', (type) => {
    const row = result.types.find((one) => one.type === type);
    const why = failuresOf(result, 3, true).join('\n');
    expect(row?.values, 'the written texts have some of every core type').toBeGreaterThan(0);
    expect(row === undefined ? 0 : recallOf(row), `recall of ${type}\n${why}`).toBeGreaterThanOrEqual(BARS.recall);
    expect(precisionFor(type, result.rules), `precision of ${type}\n${why}`).toBeGreaterThanOrEqual(BARS.precision);
  });

  it('say the same of a text that comes in pieces', () => {
    const wrong = texts.filter(({ text }, index) => {
      const stream = redactor.stream();
      let all = '';
      const size = 1 + (index % 7);
      for (let at = 0; at < text.length; at += size) all += stream.push(text.slice(at, at + size)).text;
      return all + stream.end().text !== redactor.redact(text).text;
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

/** What stands between the findings follows each other in the output. */
const isKept = (text: string, { text: after, findings }: Redacted): boolean => {
  let from = 0;
  let at = 0;
  for (const { start, length } of findings) {
    const kept = text.slice(at, start);
    const found = after.indexOf(kept, from);
    if (found < 0) return false;
    from = found + kept.length;
    at = start + length;
  }
  return after.endsWith(text.slice(at));
};

it('docs/redaction.md holds the rules and figures of today', () => {
  const page = readFileSync(new URL('../../../docs/redaction.md', import.meta.url), 'utf8');
  expect(page).toBe(renderPage());
});
