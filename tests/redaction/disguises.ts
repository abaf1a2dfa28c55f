import type { Random } from './random.ts';
import type { Disguise } from './types.ts';

const ZERO_WIDTH = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad'];
const DASHES = ['\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212', '\ufe63', '\uff0d'];
const SPACES = ['\u00a0', '\u2002', '\u2007', '\u2009', '\u202f', '\u3000'];
/** From `!` to `~`, each has a full-width twin this far above. */
const FULL_WIDTH = 0xfee0;

const widen = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + FULL_WIDTH));

/** Rewrites a value; where there is nothing to rewrite it stays as it is. */
export const DISGUISES: Readonly<Record<Disguise, (value: string, random: Random) => string>> = {
  'full-width': (value, random) =>
    random.chance(0.5) ? widen(value) : value.replace(/[0-9A-Za-z]/g, (character) => widen(character)),
  'zero-width': (value, random) => {
    const mark = random.pick(ZERO_WIDTH);
    if (random.chance(0.3)) return [...value].join(mark);
    const at = random.int(1, Math.max(1, value.length - 1));
    return `${value.slice(0, at)}${mark}${value.slice(at)}`;
  },
  'exotic-dash': (value, random) => {
    const dash = random.pick(DASHES);
    return value.replace(/-/g, dash);
  },
  'exotic-space': (value, random) => {
    const space = random.pick(SPACES);
    return value.replace(/ /g, space);
  },
  // Where the value has a gap anyhow, as a narrow column or a mail program would break it.
  'line-break': (value, random) => {
    const gaps = [...value.matchAll(/[ -]/g)].map(({ index }) => index).filter((index) => index > 3);
    if (gaps.length === 0) return value;
    const at = random.pick(gaps);
    const isSpace = value[at] === ' ';
    return `${value.slice(0, isSpace ? at : at + 1)}${random.pick(['\n', '\n', '\r\n'])}${value.slice(at + 1)}`;
  },
  'full-width-at': (value, random) => {
    const at = value.replace('@', '\uff20');
    return random.chance(0.4) ? at.replaceAll('.', '\uff0e') : at;
  },
};
