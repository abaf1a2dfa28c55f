/** A piece of a rendered chat: `isControl` where control tokens count as such, not where they are only text. */
export interface PromptPart {
  readonly text: string;
  readonly isControl: boolean;
}

/** A `message` may be trimmed, but not be missing; a `turn` of the assistant may; a `value` stays as it is. */
export type MarkedKind = 'message' | 'turn' | 'value';

/** Stands in for texts of users while a template is rendered. */
export interface Marking {
  /** What is rendered in place of a text. */
  mark(text: string, kind?: MarkedKind): string;
  /** The rendered text with everything back in its place. */
  restore(rendered: string): readonly PromptPart[];
  /** Whether all that was marked is in this rendering, but for what may be missing. */
  isComplete(rendered: string): boolean;
}

// Private-use characters: no template looks at them. The quote shows how often the template encoded the text as JSON, and
// the space around a message whether it trims there.
const MARK = /( ?)\u{e0fe}(\d+)(\\*)"\u{e0ff}( ?)|\u{e0fd}(\d+)(\\*)"\u{e0ff}/gu;

interface Marked {
  readonly text: string;
  readonly kind: MarkedKind;
}

/** Keeps texts apart from the template around them, so that nothing in them is ever read as a control token. */
export const createMarking = (): Marking => {
  const texts: Marked[] = [];
  return {
    mark(text, kind = 'value') {
      const number = texts.push({ text, kind }) - 1;
      return kind === 'value' ? `\u{e0fd}${number}"\u{e0ff}` : ` \u{e0fe}${number}"\u{e0ff} `;
    },
    restore(rendered) {
      const parts: PromptPart[] = [];
      let from = 0;
      for (const match of rendered.matchAll(MARK)) {
        const [whole, before = '', message, messageSlashes = '', after = '', value, valueSlashes = ''] = match;
        const { text = '' } = texts[Number(message ?? value)] ?? {};
        const content = message === undefined ? text : trimAs(text, before, after);
        parts.push({ text: rendered.slice(from, match.index), isControl: true });
        parts.push({ text: encode(content, (messageSlashes + valueSlashes).length), isControl: false });
        from = match.index + whole.length;
      }
      parts.push({ text: rendered.slice(from), isControl: true });
      return parts.filter(({ text }) => text !== '');
    },
    isComplete(rendered) {
      const seen = new Set([...rendered.matchAll(MARK)].map(([, , number]) => Number(number)));
      return texts.every(({ kind }, index) => kind !== 'message' || seen.has(index));
    },
  };
};

const trimAs = (text: string, before: string, after: string): string => {
  const start = before === '' ? text.trimStart() : text;
  return after === '' ? start.trimEnd() : start;
};

/** As often as the quote of the mark was: each time doubles the backslashes before it and adds one. */
const encode = (text: string, slashes: number): string => {
  let encoded = text;
  for (let left = slashes; left > 0; left = (left - 1) / 2) encoded = JSON.stringify(encoded).slice(1, -1);
  return encoded;
};
