import type { TokenRule } from '../rules/rule.ts';
import { CONTEXT_LENGTH, type ScanBuffer } from './buffer.ts';

/** Words that rules need before them, by three units that are in them. */
export interface MentionWords {
  /** The bit of each rule that has such words. */
  readonly bits: ReadonlyMap<TokenRule, number>;
  /** By slot, the place of its words in `lists`; 0 for none. */
  readonly slots: Uint16Array;
  readonly lists: readonly (readonly Mention[])[];
}

interface Mention {
  readonly word: string;
  readonly bit: number;
  /** How far before the last of the three units it begins. */
  readonly back: number;
}

/** Case aside; units that this makes alike are few, and a mention too many does no harm. */
const foldedAt = (text: string, index: number): number => text.charCodeAt(index) | 32;
const SLOTS = 32_768;
/** Five bits of each of the last three units. */
const slotAfter = (slot: number, code: number): number => ((slot << 5) ^ (code | 32)) & (SLOTS - 1);

/** What may not stand before a word, and what may follow it, is left to the rule. */
const plainWords = ({ source }: RegExp): readonly string[] =>
  source.replaceAll(/\(\?<![^)]*\)|\[[^\]]*\]/g, '').split('|');

/** Arranges the words of all rules; `mention` of a rule is a list of plain words, parted by `|`. */
export const arrangeMentions = (rules: readonly TokenRule[]): MentionWords => {
  const bits = new Map<TokenRule, number>();
  const slots = new Uint16Array(SLOTS);
  const lists: Mention[][] = [[]];
  const add = (slot: number, mention: Mention): void => {
    slots[slot] ||= lists.push([]) - 1;
    lists[slots[slot] ?? 0]?.push(mention);
  };
  for (const rule of rules) {
    if (rule.mention === undefined) continue;
    const bit = bits.size;
    bits.set(rule, bit);
    for (const word of plainWords(rule.mention)) {
      const slot = slotAfter(slotAfter(0, word.charCodeAt(0)), word.charCodeAt(1));
      if (word.length > 2) add(slotAfter(slot, word.charCodeAt(2)), { word, bit, back: 2 });
      // Whatever stands before a word of two units.
      else
        for (let before = 0; before < 32; before += 1)
          add((slot & 1023) | (((slot >> 10) ^ before) << 10), { word, bit, back: 1 });
    }
  }
  return { bits, slots, lists };
};

/** No word is longer. */
const LONGEST = 16;

/**
 * Where such words were last seen. Each place is looked at once, and only when a rule asks, so this may say that a word is
 * there which by now is out of sight or replaced, and never that one is missing.
 */
export class Mentions {
  private readonly words: MentionWords;
  /** By bit, in units that count; what was replaced counts as one. */
  private readonly last: number[];
  /** The latest of them: most runs have none near. */
  private latest = Number.NEGATIVE_INFINITY;
  /** Units of the whole text that were looked at, and in which no word begins that had not come whole. */
  private seen = 0;

  constructor(words: MentionWords) {
    this.words = words;
    this.last = new Array<number>(words.bits.size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Rules, as bits, of which a word stands between what can be seen from `start` and `end`. */
  near(buffer: ScanBuffer, start: number, end: number): number {
    const { text, dropped, hidden } = buffer;
    const base = dropped - hidden;
    if (this.seen < dropped) {
      const tail = buffer.contextAt(0) + text.slice(0, LONGEST);
      this.look(tail, 0, tail.length, base + LONGEST - tail.length);
      this.seen = dropped;
    }
    // The two units before belong to the first three.
    this.look(text, Math.max(0, this.seen - dropped - 2), end, base);
    // A word that has not come whole is looked for again.
    this.seen = Math.max(this.seen, dropped + Math.min(end, text.length - LONGEST));
    const from = base + start - CONTEXT_LENGTH - LONGEST;
    if (this.latest < from) return 0;
    let bits = 0;
    for (let bit = 0; bit < this.last.length; bit += 1) if ((this.last[bit] ?? from) >= from) bits |= 1 << bit;
    return bits;
  }

  private look(text: string, from: number, end: number, base: number): void {
    const { slots, lists } = this.words;
    let slot = 0;
    for (let index = from; index < end; index += 1) {
      slot = slotAfter(slot, text.charCodeAt(index));
      const list = slots[slot] ?? 0;
      if (list !== 0) this.compare(text, index, base, lists[list] ?? []);
    }
  }

  private compare(text: string, index: number, base: number, list: readonly Mention[]): void {
    for (let at = 0; at < list.length; at += 1) {
      const mention = list[at];
      if (mention === undefined || !isAt(text, index - mention.back, mention.word)) continue;
      const place = base + index - mention.back;
      this.last[mention.bit] = place;
      if (place > this.latest) this.latest = place;
    }
  }
}

const isAt = (text: string, at: number, word: string): boolean => {
  for (let index = 0; index < word.length; index += 1) {
    if (foldedAt(text, at + index) !== foldedAt(word, index)) return false;
  }
  return true;
};
