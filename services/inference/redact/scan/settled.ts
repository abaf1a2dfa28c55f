import { FEATURE } from '../rules/features.ts';
import { CHAR } from '../text/char-classes.ts';
import { OPAQUE } from './buffer.ts';
import { findApart, type RunView } from './run.ts';
import { DIGITS_STEP } from './run-end.ts';
import type { RunRules } from './run-rules.ts';

/** A run that goes on, as far as it has come. */
export interface OpenRun {
  readonly text: string;
  readonly start: number;
  /** The unit before the run, or nothing; and whether the run goes on from there. */
  readonly previous: string;
  readonly isContinued: boolean;
  /** Normalised text before a place. */
  before(index: number): string;
  /** Rules of which a word is near, as bits of `mentions`. */
  mentioned(): number;
}

/** What is looked at again with every piece is bounded. */
const MOST_WAITING = 320;
/** As far back as a name goes in an address: `123456@example.com`. */
const LONGEST_NAME = 64;
/** Token rules take no more digits, one with another, past a space. */
const LONGEST_SPACED_TOKEN = 18;
/** How far back the group before is looked for. */
const MAX_BACK = 32;
/** What may stand after a group at worst, and makes a run as long as any rule asks for. */
const REPLACED = OPAQUE.repeat(64);
/** What a run of digits may have, so that no rule is left out. */
const ALL_OF_DIGITS =
  CHAR.run |
  (FEATURE.digit | FEATURE.dot | FEATURE.slash | FEATURE.dash) |
  (FEATURE.digits7 | FEATURE.row7 | FEATURE.dots3 | FEATURE.pairs | FEATURE.chain15 | FEATURE.chain18);

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
/** `( ) （ ） · . - /` */
const SIGNS = new Set([0x28, 0x29, 0xff08, 0xff09, 0xb7, 0x2e, 0x2d, 0x2f]);

/**
 * How far a run of digits can be sent before it ends. It is decided as a whole when it ends, and nothing here changes what
 * is found. Whenever a group or a word has come, all rules are asked what they would find if what follows were replaced:
 * what follows can only speak against a match, and no longer does when it is replaced. Where they find nothing until more
 * digits have come than one number has, nothing begins, whatever comes. The last word waits: it may be the name of an address.
 */
export class Settled {
  private readonly rules: RunRules;
  private readonly longest: number;
  /** All are counted from the beginning of the run: what can be sent, what was seen, where the rules were asked last. */
  private settled = 0;
  private seen = 0;
  private asked = 0;
  /** No more will be known until the run ends. */
  private isOver = false;

  constructor(rules: RunRules) {
    this.rules = rules;
    this.longest = Math.max(rules.longestDigits, LONGEST_SPACED_TOKEN);
  }

  /** Another run. */
  reset(): void {
    this.settled = 0;
    this.seen = 0;
    this.asked = 0;
    this.isOver = false;
  }

  /** Up to where a run can be sent, from its beginning, now that more of it has come. */
  upTo(run: OpenRun): number {
    if (this.isOver) return this.settled;
    const { text, start } = run;
    const length = text.length - start;
    if (length - this.settled > MOST_WAITING || !isPlain(text, start + this.seen)) {
      this.isOver = true;
      return this.settled;
    }
    this.seen = length;
    const number = this.endlessNumber(run);
    const closed = number ?? lastWord(text, text.length, start + this.settled) - start;
    if (closed > this.asked) {
      this.isOver = this.isDoubtful(run, closed);
      if (this.isOver) return this.settled;
      if (number === undefined) this.settle(this.decided(text, start, closed));
    }
    if (number !== undefined) this.settle(length - LONGEST_NAME);
    return this.settled;
  }

  private settle(at: number): void {
    this.settled = Math.max(this.settled, Math.min(at, DIGITS_STEP));
    this.isOver ||= at > DIGITS_STEP;
  }

  /** Whether the rules find something that ends in the words that have come since they were asked. */
  private isDoubtful(run: OpenRun, closed: number): boolean {
    const { text, start } = run;
    const from = this.groupBefore(text, start);
    for (let at = start + this.asked; at < start + closed; at += 1) {
      if (isEnd(text.charCodeAt(at), text.charCodeAt(at + 1)) && this.finds(run, from, at + 1 - start)) return true;
    }
    this.asked = closed;
    return false;
  }

  private finds(run: OpenRun, from: number, to: number): boolean {
    const { text, start, isContinued } = run;
    const offset = start + from;
    const lead = isContinued && from === 0 ? run.previous : '';
    const view: RunView = {
      run: lead + text.slice(offset, start + to) + REPLACED,
      lead: lead.length + this.settled - from,
      previous: from === 0 && !isContinued ? run.previous : '',
      next: '',
      before: (index) => run.before(offset - lead.length + index),
      mentioned: run.mentioned,
    };
    return findApart(view, ALL_OF_DIGITS, this.rules).length > 0;
  }

  /** Where the group before what is not settled begins: it tells what may begin after it. */
  private groupBefore(text: string, start: number): number {
    const least = Math.max(0, this.settled - MAX_BACK);
    let at = this.settled;
    while (at > least && !isDigit(text.charCodeAt(start + at - 1))) at -= 1;
    while (at > least && isDigit(text.charCodeAt(start + at - 1))) at -= 1;
    return at;
  }

  /** The end of the last word after whose groups so many digits have come that none of them begins a number. */
  private decided(text: string, start: number, closed: number): number {
    const least = start + this.settled;
    let digits = 0;
    for (let at = start + closed - 1; at >= least; at -= 1) {
      if (!isDigit(text.charCodeAt(at))) continue;
      digits += 1;
      if (digits < this.longest || isDigit(text.charCodeAt(at - 1))) continue;
      let end = at + 1;
      while (isDigit(text.charCodeAt(end))) end += 1;
      return (isSpace(text.charCodeAt(end)) ? end + 1 : lastWord(text, at, least)) - start;
    }
    return this.settled;
  }

  /**
   * Where a last number begins, or is settled up to, that is too long for a rule, whatever an address takes of its end. After
   * some words anything long may be a password.
   */
  private endlessNumber({ text, start, mentioned }: OpenRun): number | undefined {
    const settled = start + this.settled;
    let at = text.length;
    while (at > settled && isDigit(text.charCodeAt(at - 1))) at -= 1;
    const isWithin = at === settled && at > start && isDigit(text.charCodeAt(at - 1));
    if (text.length - at <= (isWithin ? 0 : this.longest) + LONGEST_NAME) return undefined;
    return isWithin || mentioned() === 0 ? at - start : undefined;
  }
}

/** Of a group or of a word. */
const isEnd = (last: number, next: number): boolean =>
  isDigit(last) ? !isDigit(next) : isSpace(next) && !isSpace(last);

/** Digits and what parts them. */
const isPlain = (text: string, from: number): boolean => {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code) && !isSpace(code) && !SIGNS.has(code)) return false;
  }
  return true;
};

/** Where the last word before a place begins, or what is left of it. */
const lastWord = (text: string, end: number, least: number): number => {
  let at = end;
  while (at > least && !isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
};
