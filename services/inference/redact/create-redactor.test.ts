import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from './create-redactor.ts';
import { RULE_PACKS, rulesOf } from './packs/packs.ts';
import type { Finding, Redactor } from './redactor.ts';

const redactor = createRedactor({ rules: rulesOf() });
const rules = RULE_PACKS.flatMap((pack) => pack.rules);
const examples = rules.flatMap((rule) => [...rule.examples.found, ...rule.examples.left]);

const inPieces = ({ stream }: Redactor, pieces: readonly string[]) => {
  const open = stream();
  const parts = [...pieces.map((piece) => open.push(piece)), open.end()];
  const findings: Finding[] = parts.flatMap((part) => [...part.findings]);
  return { text: parts.map((part) => part.text).join(''), findings };
};

const PARTS = [
  ...'0123456789 \n-.:=/@()+[]*"\'_aXé',
  ...['京', '码', '：', '，', '。', '\u200b', '\u0301', '１', '＠', '\ud835', '\udfce', '𝟏', '密码', '转', '😀'],
  ...['sk-', 'eyJ', 'AKIA', '-----BEGIN', 'password', 'is', 'born', '例子.中国', '.com', '[CN_ID]', '****'],
  ...examples,
];
const OUTPUT = /\[[A-Z][A-Z_]*\]/g;
const someText = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''));
/** With something between them: of two secrets without any, the second may hide the end of the first. */
const spacedText = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(' '));

describe('every rule', () => {
  test.each(rules.map((rule) => [rule.id, rule] as const))(
    '%s finds its examples and leaves its look-alikes',
    (id, rule) => {
      for (const text of rule.examples.found) {
        expect(
          redactor.redact(text).findings.map((finding) => finding.rule),
          text,
        ).toEqual([id]);
      }
      for (const text of rule.examples.left) {
        expect(
          redactor.redact(text).findings.map((finding) => finding.rule),
          text,
        ).not.toContain(id);
      }
    },
  );
});

describe('a stream', () => {
  test('gives the result of one piece for every place that an example is cut at', () => {
    for (const text of examples) {
      const whole = redactor.redact(text);
      for (let cut = 0; cut <= text.length; cut += 1) {
        expect(inPieces(redactor, [text.slice(0, cut), text.slice(cut)])).toEqual(whole);
      }
      expect(inPieces(redactor, text.split(''))).toEqual(whole);
    }
  });

  test('gives the result of one piece for any text in any pieces', () => {
    fc.assert(
      fc.property(someText, fc.array(fc.nat({ max: 80 }), { maxLength: 6 }), (text, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length].sort((a, b) => a - b);
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(inPieces(redactor, pieces)).toEqual(redactor.redact(text));
        expect(inPieces(redactor, text.split(''))).toEqual(redactor.redact(text));
      }),
      { numRuns: 400 },
    );
  });
});

describe('a word after what might begin an IBAN', () => {
  test('is what it is anywhere else', () => {
    expect(redactor.redact('us12 born on March 7, 1990').text).toBe('us12 born on [BIRTH_DATE]');
    expect(redactor.redact('cd34 wifi password? guestWifi7').text).toBe('cd34 wifi password? [PASSWORD]');
    expect(redactor.redact('us12 db.internal:5432:app:app:pgp4ss').text).toBe(
      'us12 db.internal:5432:app:app:[PASSWORD]',
    );
    expect(redactor.redact('GB82 WEST 1234 5698 7654 32').text).toBe('[IBAN]');
  });
});

describe('redacted text', () => {
  // What is left around an output may be found then: a word before it has come nearer.
  test('keeps every output when it is redacted again', () => {
    fc.assert(
      fc.property(spacedText, (text) => {
        const once = redactor.redact(text).text;
        const outputs = [...once.matchAll(OUTPUT)].map(({ index, 0: { length } }) => ({
          start: index,
          end: index + length,
        }));
        for (const { start, length } of redactor.redact(once).findings)
          expect(
            outputs.filter((output) => start < output.end && output.start < start + length),
            once,
          ).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});
