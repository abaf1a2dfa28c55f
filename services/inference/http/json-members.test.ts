import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberProblem } from './json-members.ts';

const problemOf = (text: string) => memberProblem(text, JSON.parse(text));

describe('the names of a JSON text', () => {
  it('are fine in whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(text.includes('__proto__') || problemOf(text) === undefined).toBe(true);
      }),
    );
  });

  it('are found when one is there twice, wherever that is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.string(), (value, name) => {
        const [inner, key] = [JSON.stringify(value), JSON.stringify(name)];
        expect(problemOf(`[{"a":{${key}:${inner},${key}:${inner}}}]`)).toBeDefined();
      }),
    );
  });

  it.each(['{"a":1,"\\u0061":2}', '{"":1,"":2}', '{"a:":1,"a:":2}', '{"a\\"":1,"a\\"":2}'])('%s is refused', (text) => {
    expect(problemOf(text)).toContain('twice');
  });

  it.each(['{"__proto__":1}', '{"a":[{"\\u005f_proto__":{}}]}', '{"constructor":{"prototype":{}}}'])(
    '%s is refused',
    (text) => {
      expect(problemOf(text)).toContain('__proto__');
    },
  );

  it.each(['{"constructor":{}}', '{"prototype":{}}', '{"a":":::","b":["c:d"]}', '"a:b"', '1'])('%s is fine', (text) => {
    expect(problemOf(text)).toBeUndefined();
  });
});
