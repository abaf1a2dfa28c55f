import { REFUSED_YET, type Step } from './step.ts';

/** How a block begins where the scanner notices it. */
export const BLOCK_BEGIN = '-----BEGIN';
const MAX_TITLE = 64;
const TITLE = /^-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY(?: BLOCK)?|ENCRYPTED KEY)-----/;
const COULD_BE_TITLE = /^-----BEGIN(?: [A-Z0-9 ]{0,60}-{0,5})?$/;
const SEPARATOR = /[\s\\"'`,>|]/;
const BODY = /[A-Za-z0-9+/=:;,._()-]*/y;
/** Keys are written in lines of 64; words of prose are shorter. */
const LONG_LINE = 16;
const MAX_SEPARATORS = 64;
const MAX_LINE = 256;
const HEADER = /^(?:Proc-Type|DEK-Info|Version|Comment|Hash|MessageID|Charset|Key-?Id):/;

/** A private key begins at `at`: its end is where its body begins to be swallowed. */
export const blockAt = (text: string, at: number, final: boolean): Step => {
  const head = text.slice(at, at + MAX_TITLE);
  const title = TITLE.exec(head)?.[0];
  if (title === undefined) return COULD_BE_TITLE.test(head) && head.length < MAX_TITLE && !final ? 'more' : REFUSED_YET;
  const line = lineAfter(text, at + title.length, final);
  if (line === 'more') return 'more';
  if (line === undefined) return REFUSED_YET;
  const first = text.slice(line.start, line.end);
  const isBody = first.length >= LONG_LINE || HEADER.test(first);
  return isBody ? { end: at + title.length } : REFUSED_YET;
};

interface Line {
  readonly start: number;
  readonly end: number;
}

const skipSeparators = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && at - from < MAX_SEPARATORS) {
    // `\n` as two characters separates the lines of a quoted key.
    if (text.charAt(at) === '\\' && at + 1 < text.length) at += 2;
    else if (SEPARATOR.test(text.charAt(at))) at += 1;
    else break;
  }
  return at;
};

/** The next line of a body, as much of it as a window shows; nothing when what follows is none. */
const lineAfter = (text: string, from: number, final: boolean): Line | 'more' | undefined => {
  const start = skipSeparators(text, from);
  const limit = start + MAX_LINE;
  BODY.lastIndex = start;
  BODY.test(text);
  const end = Math.min(BODY.lastIndex, limit);
  if (end === text.length && end < limit && start - from < MAX_SEPARATORS && !final) return 'more';
  if (end === start) return undefined;
  const dashes = text.slice(start, end).indexOf('-----');
  return { start, end: dashes > 0 ? start + dashes : end };
};

/** How far a block was swallowed; kept by the scanner from piece to piece. */
export interface Swallowed {
  shortLines: number;
  isInBody: boolean;
  length: number;
}

/** Past it nothing is a key, and swallowing stops. */
const MAX_BLOCK = 65_536;
const MAX_HEADER_WORDS = 16;
const END = /^-----END [A-Z0-9 ]{0,60}-----/;
const COULD_BE_END = /^-----E(?:N(?:D(?: [A-Z0-9 ]{0,60}-{0,5})?)?)?$|^-{1,5}$/;

/** Goes on swallowing from `from`; `isOver` when the block ends at `at`. */
export const swallowBlock = (
  text: string,
  from: number,
  state: Swallowed,
  final: boolean,
): { at: number; isOver: boolean } => {
  let at = from;
  for (;;) {
    const line = lineAfter(text, at, final);
    if (line === 'more') return { at, isOver: false };
    if (line === undefined || state.length > MAX_BLOCK) return { at, isOver: true };
    if (text.charAt(line.start) === '-') {
      const rest = text.slice(line.start, line.start + MAX_TITLE + 16);
      const end = END.exec(rest)?.[0];
      if (end !== undefined) return { at: line.start + end.length, isOver: true };
      return { at, isOver: final || !COULD_BE_END.test(rest) };
    }
    const isLong = line.end - line.start >= LONG_LINE;
    state.shortLines = isLong ? 0 : state.shortLines + 1;
    if (state.shortLines > (state.isInBody ? 1 : MAX_HEADER_WORDS)) return { at, isOver: true };
    state.isInBody ||= isLong;
    state.length += line.end - at;
    at = line.end;
  }
};
