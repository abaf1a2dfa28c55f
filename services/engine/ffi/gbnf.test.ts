import { describe, expect, it } from 'vitest';
import { checkGbnf } from './gbnf.ts';

describe('checkGbnf', () => {
  it.each([
    'root ::= "yes" | "no"',
    'root ::= (\n  "a" # one\n  | [^"\\x00-\\x1F]{2,5} |\n  word*\n)+ \r\nword ::= [a-z]? . "\\u00e9"{3} "\\U0001F642"{2,}',
    '# only a comment first\n\nroot ::=\n  <[7]> !<|im_end|> "\\""\n',
    'root ::= ("a" |\n"b")',
    'root ::= ("a"{1,40}){0,40} "b"{5,9999} "c"{2,1}',
  ])('lets pass: %j', (gbnf) => expect(() => checkGbnf(gbnf)).not.toThrow());

  it.each([
    ['', 'expected a rule "root"'],
    ['start ::= "a"', 'expected a rule "root"'],
    ['root ::= item', 'expected a rule "item"'],
    ['root "a"', 'line 1: expected ::='],
    ['root ::= "a\n', 'line 1: expected a literal'],
    ['root ::= "a"\nb ::= [a', 'line 2: expected a literal'],
    ['root ::= "\\q"', 'expected a literal'],
    ['root ::= ("a"', 'expected a ) for every ('],
    ['root ::= "a")', 'expected a ( before'],
    ['root ::= *', 'expected a literal'],
    ['root ::= "a"{2001}', 'at most 2000 repetitions'],
    ['root ::= (("a"{1,100}){1,100})*', 'come to at most 2000 rules'],
    ['root ::= "a"{3000,}', 'at most 2000 repetitions'],
    ['root ::= "\0"', 'NUL'],
    [`root ::= ${'('.repeat(100_000)}`, 'at most 64 deep'],
    [Array.from({ length: 9000 }, (_, n) => `r${n} ::= r${n + 1}`).join('\n'), 'at most 8192 rules'],
    [' '.repeat(2 ** 21), 'at most 1048576 characters'],
  ])('refuses %.30j', (gbnf, reason) => expect(() => checkGbnf(gbnf)).toThrow(reason));

  it('never repeats the grammar, which is somebody’s', () => {
    expect(() => checkGbnf('root ::= "secret" §')).toThrow(/^(?!.*secret)/);
  });
});
