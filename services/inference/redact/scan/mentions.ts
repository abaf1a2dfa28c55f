import type { TokenRule } from '../rules/rule.ts';
import { CONTEXT_LENGTH, type ScanBuffer } from './buffer.ts';

/** Words that rules need before them, by three units that are in them. */
export interface MentionWords {
  /** The bit of each rule that has such words. */
  readonly bits: ReadonlyMap<TokenRule, number>;
  readonly slots: Uint8Array;
  readonly bySlot: ReadonlyMap<number, readonly Mention[]>;
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
  const slots = new Uint8Array(SLOTS);
  const bySlot = new Map<number, Mention[]>();
  const add = (slot: number, mention: Mention): void => {
    slots[slot] = 1;
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), mention]);
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
  return { bits, slots, bySlot };
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
  /** Units of the whole text that were looked at. */
  private seen = 0;

  constructor(words: MentionWords) {
    this.words = words;
    this.last = Array.from({ length: words.bits.size }, () => Number.NEGATIVE_INFINITY);
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
    // A word that had not come whole is looked for again.
    this.look(text, Math.max(0, this.seen - dropped - LONGEST), end, base);
    this.seen = Math.max(this.seen, dropped + end);
    const from = base + start - CONTEXT_LENGTH - LONGEST;
    let bits = 0;
    for (let bit = 0; bit < this.last.length; bit += 1) if ((this.last[bit] ?? from) >= from) bits |= 1 << bit;
    return bits;
  }

  private look(text: string, from: number, end: number, base: number): void {
    const { slots, bySlot } = this.words;
    let slot = 0;
    for (let index = from; index < end; index += 1) {
      slot = slotAfter(slot, text.charCodeAt(index));
      if (slots[slot] === 0) continue;
      for (const { word, bit, back } of bySlot.get(slot) ?? []) {
        if (isAt(text, index - back, word)) this.last[bit] = base + index - back;
      }
    }
  }
}

const isAt = (text: string, at: number, word: string): boolean => {
  for (let index = 0; index < word.length; index += 1) {
    if (foldedAt(text, at + index) !== foldedAt(word, index)) return false;
  }
  return true;
};
