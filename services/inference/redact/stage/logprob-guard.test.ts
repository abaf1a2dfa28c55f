import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenLogprob } from '../../../engine/protocol/generation.ts';
import type { RedactionStream } from '../redactor.ts';
import { createLogprobGuard } from './logprob-guard.ts';
import { openTinyRules } from './test-engine.ts';

const redactor = openTinyRules().redactor(() => 'mask');

const tokenOf = (bytes: Uint8Array): TokenLogprob => {
  const token = new TextDecoder().decode(bytes);
  const own = { token, bytes: [...bytes], logprob: -1 };
  return { ...own, top: [own, { ...own, token: 'other', logprob: -2 }] };
};

const textOf = (logprobs: readonly TokenLogprob[]): string =>
  Buffer.from(logprobs.flatMap(({ bytes }) => bytes)).toString();

/** Cuts the bytes of a text into tokens, also within characters. */
const tokensOf = (text: string, sizes: readonly number[]): TokenLogprob[] => {
  const bytes = Buffer.from(text);
  const tokens: TokenLogprob[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    tokens.push(tokenOf(bytes.subarray(at, at + size)));
    at += size;
  }
  return tokens;
};

const guard = (tokens: readonly TokenLogprob[]): TokenLogprob[] => {
  const made = createLogprobGuard(redactor?.stream() ?? expect.unreachable());
  return [...tokens.flatMap((token) => made.push([token])), ...made.end()];
};

describe('the tokens of an answer', () => {
  it('are handed on as they are where nothing is found, one for each', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (text, sizes) => {
          const tokens = tokensOf(text, sizes);
          fc.pre(redactor?.redact(text).findings.length === 0);
          expect(guard(tokens)).toEqual(tokens);
        },
      ),
    );
  });

  it('tell neither the text of a match nor what else could have stood there, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (sizes) => {
        const tokens = tokensOf('写给 änn@example.org, ja', sizes);
        const guarded = guard(tokens);
        expect(guarded).toHaveLength(tokens.length);
        expect(textOf(guarded)).toMatch(/^写?给? ?\*+.{0,6}ja$|^.{0,4}\*+,? ?j?a?$/u);
        expect(JSON.stringify(guarded)).not.toMatch(/nn|@|exam|org/);
      }),
    );
  });

  it('wait as long as they may become part of a match', () => {
    const made = createLogprobGuard(redactor?.stream() ?? expect.unreachable());
    const [first, second, ...rest] = tokensOf('a ann@example.org b ', [2, 3, 3, 20]);
    expect(made.push([first ?? expect.unreachable()])).toHaveLength(1);
    expect(made.push([second ?? expect.unreachable()])).toHaveLength(0);
    expect(textOf(made.push(rest))).toBe('**b '.replace('b ', '*'));
  });

  it('are hidden from where a match begins that is replaced before its end is known', () => {
    // As the engine reads a private key: its mask goes out at the first line, the finding comes with the last.
    let isOpen = false;
    const stream: RedactionStream = {
      held: 0,
      push(piece) {
        if (piece === 'BEGIN') {
          isOpen = true;
          return { text: '[KEY]', findings: [] };
        }
        if (piece === 'END') {
          isOpen = false;
          return { text: '', findings: [{ rule: 'k', action: 'mask', start: 2, length: 12 }] };
        }
        return { text: isOpen ? '' : piece, findings: [] };
      },
      end: () => ({ text: '', findings: [] }),
    };
    const made = createLogprobGuard(stream);
    const tokens = ['a ', 'BEGIN', 'key ', 'END', ' b'].map((text) => tokenOf(Buffer.from(text)));
    expect([...tokens.flatMap((token) => made.push([token])), ...made.end()].map(({ token }) => token)).toEqual([
      'a ',
      '*',
      '*',
      '*',
      ' b',
    ]);
  });
});
