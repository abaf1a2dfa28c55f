import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonTransform } from './json-transform.ts';
import { openTinyRules } from './test-engine.ts';
import { UNCHANGED } from './text-transform.ts';
import { jsonValuesTransform } from './value-transform.ts';

const redactor = openTinyRules().redactor(() => 'mask');

const run = (text: string, cuts: readonly number[] = []): string => {
  const transform = jsonValuesTransform({ redactor, onFindings: () => undefined });
  const places = [...cuts].map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
  const pieces = [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length));
  return pieces.map((piece) => transform.push(piece)).join('') + transform.end();
};

const unchanged = (text: string, cut: number): string => {
  const transform = jsonTransform({ value: () => UNCHANGED, plain: () => UNCHANGED });
  return transform.push(text.slice(0, cut)) + transform.push(text.slice(cut)) + transform.end();
};

describe('JSON that comes in pieces', () => {
  it('stays the same document where nothing is found, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.anything())), fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(unchanged(text, cut % (text.length + 1)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('masks the values of strings and numbers, and stays JSON', () => {
    const text = JSON.stringify({
      to: 'ann@example.org',
      call: 13812345678,
      'bob@example.org': [13812345678, 1.5, true],
    });
    expect(JSON.parse(run(text))).toEqual({ to: '[EMAIL]', call: '[PHONE]', '[EMAIL]': ['[PHONE]', 1.5, true] });
  });

  it('reads escapes before it looks, so that nothing hides behind one', () => {
    expect(JSON.parse(run('{"a":"ann\\u0040example.org","b":"x\\n13812345678","c":"\\"sk-abc\\""}'))).toEqual({
      a: '[EMAIL]',
      b: 'x\n[PHONE]',
      c: '"[KEY]"',
    });
  });

  it('knows what is private by the name it stands under, and does not pass that name on twice', () => {
    expect(run('{"password": "hunter2", "list": ["a", "b"]}')).toBe('{"password": "[KEY]", "list": ["a", "b"]}');
  });

  it('gives the same text for every cut', () => {
    const text =
      '{"a": ["ann@example.org", 13812345678, -1.5e3], "password":"hunter2", "n": {"b": "\\u00e9\\\\ \\u0040"}}';
    const whole = run(text);
    for (let cut = 0; cut <= text.length; cut += 1) expect(run(text, [cut])).toBe(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
        expect(run(text, cuts)).toBe(whole);
      }),
    );
  });

  it.each([
    ['a sentence', 'write to ann@example.org, or 13812345678', 'write to [EMAIL], or [PHONE]'],
    ['a sentence after a document', '{"a":1} ann@example.org', '{"a":1} [EMAIL]'],
    ['a number of several words', '[ann@example.org 1]', '[[EMAIL] 1]'],
    ['a list without commas', '[138 ann@example.org]', '[138 [EMAIL]]'],
    ['a document that ends early', '{"a": "ann@example.org', '{"a": "[EMAIL]'],
    ['a number that ends early', '{"a": 13812345678', '{"a": "[PHONE]"'],
  ])('masks %s as text', (_what, text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it('keeps the held text bounded by the value that is open', () => {
    const transform = jsonValuesTransform({ redactor, onFindings: () => undefined });
    transform.push('{"a": "some words before ');
    expect(transform.held).toBeLessThan('before '.length + 1);
  });
});
