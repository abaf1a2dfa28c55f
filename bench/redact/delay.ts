import type { RedactionStream } from '../../services/inference/redact/redactor.ts';

/** How long the characters of an answer stay behind, in tokens. */
export interface Delay {
  /** One entry per UTF-16 unit: how many tokens came after its own before it left. */
  readonly tokens: readonly number[];
  readonly maxHeld: number;
}

/** Feeds tokens one by one; what the end alone lets go counts as waiting for all tokens that came. */
export const delayOf = (stream: RedactionStream, tokens: readonly string[]): Delay => {
  const delays: number[] = [];
  const cameWith: number[] = [];
  let maxHeld = 0;
  let gone = 0;
  for (const [index, token] of tokens.entries()) {
    stream.push(token);
    for (let unit = 0; unit < token.length; unit += 1) cameWith.push(index);
    const { held } = stream;
    maxHeld = Math.max(maxHeld, held);
    for (; gone < cameWith.length - held; gone += 1) delays.push(index - (cameWith[gone] ?? index));
  }
  stream.end();
  for (; gone < cameWith.length; gone += 1) delays.push(tokens.length - (cameWith[gone] ?? 0));
  return { tokens: delays, maxHeld };
};

const TOKEN = /\s?[A-Za-z]{1,6}|\d{1,3}|[\u3400-\u9fff]{1,2}|\s+|[^\sA-Za-z\d\u3400-\u9fff]{1,2}/gu;

/** Cuts a text about as a tokeniser of today does: pieces of words, up to three digits, one or two Chinese characters. */
export const tokensOf = (text: string): readonly string[] => text.match(TOKEN) ?? [];
