import type { Rule } from '../rules/rule.ts';
import { CHAR } from '../text/char-classes.ts';
import { atomAt, escapeAt } from './atoms.ts';
import { BLOCK_BEGIN, blockAt, type Swallowed, swallowBlock } from './block.ts';
import { ScanBuffer } from './buffer.ts';
import { featuresOf } from './features-of.ts';
import { type Labelled, valueAfter } from './label-value.ts';
import { type AskedLabel, assignedBefore, bareBefore } from './labels.ts';
import { Mentions } from './mentions.ts';
import { type Found, findInRun, type OnRefused } from './run.ts';
import { endOfRun, GOES_ON_IN_LETTERS, WIDE_COLON, windowOf } from './run-end.ts';
import { worthwhileFeatures } from './run-rules.ts';
import { type ScanRules, wordSignature } from './scan-rules.ts';
import { ScannedRun } from './scanned-run.ts';
import { Settled } from './settled.ts';

/**
 * The algorithm, in one place because its parts share one position: the text is decided from left to right, and a
 * decision waits until what it looks at has come. What it looks at never depends on how the text was cut: a run ends
 * where its characters end, a window where its stop character or its length says. One-shot redaction is a stream of
 * one piece.
 */

/** Hears what the scanner decides. Positions are in the whole text as it came. */
export interface ScanSink {
  /** Text that stays. */
  keep(text: string): void;
  /** A match; `raw` as it came, `value` normalised. `isOpen`: more of it follows, and `close` tells how much. */
  replace(rule: Rule, start: number, raw: string, value: string, isOpen: boolean): void;
  /** The rest of an open match, as it comes. */
  follow(raw: string): void;
  close(length: number): void;
  refused?: ((rule: Rule, start: number, raw: string, reason: string) => void) | undefined;
}

/** Large pieces are scanned in slabs, so that what is copied per match is bounded. */
const SLAB = 8192;
/** So much of what was decided is kept, at most, beside what was not. */
const DROPPED_AT = 192;
/** Past it, something that runs on is no longer followed. */
const MAX_RUN_ON = 65_536;

const PLAIN_WORD = CHAR.run | CHAR.upper | CHAR.lower | CHAR.dash | CHAR.foreign;
const STOPS = CHAR.run | CHAR.trigger | CHAR.assign;
const LETTER = CHAR.upper | CHAR.lower;
/** After these, no name of ideographs begins. */
const IN_NAME = CHAR.ideograph | LETTER | CHAR.digit;
const NOT_DULL = CHAR.digit | CHAR.at | CHAR.assign;
const INTERESTING = CHAR.digit | CHAR.at;
/** Shorter words without digits are never a match by themselves. */
const SHORTEST_TOKEN = 16;
/** Run scans are resumed, not repeated: growth stays linear when every push is one unit. */
interface Resume {
  at: number;
  features: number;
}

/** A part of a run that is decided at once, and where to go on. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly isWhole: boolean;
}

/** Decides a text that comes in pieces. */
export class Scanner {
  private readonly buffer = new ScanBuffer();
  private readonly mentions: Mentions;
  private readonly settled: Settled;
  private readonly shown: ScannedRun;
  private readonly rules: ScanRules;
  private readonly sink: ScanSink;
  private position = 0;
  /** Where the text was kept or replaced up to, in the whole of it. */
  private sent = 0;
  private readonly resume: Resume = { at: 0, features: 0 };
  /** The unit before `position` belongs to the same run. */
  private isContinued = false;
  private swallowing:
    | { readonly characters: RegExp | undefined; readonly block: Swallowed; readonly start: number; isOver: boolean }
    | undefined;
  /** The text that has come ends within a word of letters. */
  private isOpenWord = false;
  /** Looks taken at units and candidates; tests watch how it grows. */
  steps = 0;

  constructor(rules: ScanRules, sink: ScanSink) {
    this.rules = rules;
    this.sink = sink;
    this.mentions = new Mentions(rules.runs.mentions);
    this.settled = new Settled(rules.runs);
    this.shown = new ScannedRun(this.buffer, this.near);
  }

  push(piece: string): void {
    for (let from = 0; from < piece.length; from += SLAB) {
      this.buffer.push(piece.slice(from, from + SLAB));
      this.advance(false);
    }
  }

  end(): void {
    this.buffer.end();
    this.advance(true);
  }

  /** Up to where the text was kept or replaced. */
  get decided(): number {
    return this.sent;
  }

  get held(): number {
    return this.buffer.heldFrom(this.sent);
  }

  private advance(final: boolean): void {
    while (this.position < this.buffer.text.length || (final && this.swallowing !== undefined)) {
      const before = this.position;
      const isStuck = this.swallowing === undefined ? !this.stepOver(final) : !this.swallow(final);
      this.steps += 1 + this.position - before;
      if (isStuck) break;
    }
    const { position } = this;
    if (this.swallowing === undefined) this.keepUpTo(this.buffer.startOf(position));
    else this.followUpTo(this.buffer.startOf(position));
    // Of a text that waits, what was decided is dropped now and then rather than with every token.
    if (position < DROPPED_AT && position < this.buffer.text.length) return;
    this.buffer.drop(position);
    this.resume.at = Math.max(0, this.resume.at - position);
    this.position = 0;
  }

  private keepUpTo(end: number): void {
    if (end > this.sent) this.sink.keep(this.buffer.rawBetween(this.sent, end));
    this.sent = Math.max(this.sent, end);
  }

  private followUpTo(end: number): void {
    if (end > this.sent) this.sink.follow(this.buffer.rawBetween(this.sent, end));
    this.sent = Math.max(this.sent, end);
  }

  /** Decides what begins at the position; false when that takes more text. */
  private stepOver(final: boolean): boolean {
    const { text } = this.buffer;
    this.isOpenWord = false;
    const at = this.resume.at > this.position || this.isContinued ? this.position : this.skipDull(text);
    if (at > this.position) this.moveTo(at);
    if (at >= text.length) return true;
    // A word of letters that may go on: nothing is known of it before it ends.
    if (this.isOpenWord && !final) return false;
    const bits = this.rules.classes[text.charCodeAt(at)] ?? 0;
    if (this.resume.at > at) return this.run(final);
    if ((bits & CHAR.ideograph) !== 0 && this.mayBeginAddress(text, at)) {
      const end = endOfName(text, at, this.rules.classes);
      if (end < text.length) return this.run(final);
      if (!final) return false;
    }
    if ((bits & CHAR.trigger) !== 0) {
      const outcome = this.trigger(text, at, bits, final);
      if (outcome !== undefined) return outcome;
    }
    if (text.charCodeAt(at) === EQUALS && !this.isContinued) return this.assign(at, final);
    if ((bits & CHAR.run) !== 0) return this.run(final);
    if ((bits & CHAR.assign) !== 0) return this.assign(at, final);
    this.moveTo(at + 1);
    return true;
  }

  /** A few ideographs after something else, with an `@` after them or nothing yet: the name in an address of that alphabet. */
  private mayBeginAddress(text: string, at: number): boolean {
    const { classes } = this.rules;
    const previous = at > this.position ? text.charCodeAt(at - 1) : this.buffer.unitBefore(at).charCodeAt(0);
    if (((classes[previous] ?? 0) & IN_NAME) !== 0) return false;
    const end = endOfName(text, at, classes);
    if (end - at > MAX_NAME) return false;
    return end >= text.length || text.charCodeAt(end) === AT;
  }

  /** Past everything between words, and past words that no rule looks at: most of most texts. */
  private skipDull(text: string): number {
    const { classes, wordSignatures } = this.rules;
    const length = text.length;
    let at = this.position;
    // Classes of the unit before, where it was looked at here.
    let previous = 0;
    while (at < length) {
      const bits = classes[text.charCodeAt(at)] ?? 0;
      if ((bits & CHAR.ideograph) !== 0 && (previous & IN_NAME) === 0 && this.mayBeginAddress(text, at)) return at;
      if ((bits & STOPS) === 0) {
        at += 1;
        previous = bits;
        continue;
      }
      if ((bits & LETTER) === 0) return at;
      let end = at + 1;
      let features = 0;
      for (; end < length; end += 1) {
        const next = classes[text.charCodeAt(end)] ?? 0;
        if ((next & CHAR.run) === 0) break;
        features |= next;
      }
      const size = end - at;
      if (size >= SHORTEST_TOKEN || (features & NOT_DULL) !== 0) return at;
      if (end === length) {
        this.isOpenWord = true;
        return at;
      }
      // Groups of hexadecimal digits may go on after it.
      if (text.charCodeAt(end) === WIDE_COLON) return at;
      if ((features & CHAR.dash) !== 0 && size >= BLOCK_BEGIN.length) return at;
      if (wordSignatures[wordSignature(size, text.charCodeAt(at), text.charCodeAt(end - 1))] === 1) return at;
      at = end;
      previous = classes[text.charCodeAt(end - 1)] ?? 0;
    }
    return at;
  }

  private moveTo(position: number): void {
    this.position = position;
    this.isContinued = false;
    this.resume.at = 0;
    this.resume.features = 0;
    this.settled.reset();
  }

  /** A character that begins something in company; nothing when it begins nothing by itself. */
  private trigger(text: string, at: number, bits: number, final: boolean): boolean | undefined {
    const character = text.charAt(at);
    if (character === '[' || character === '*' || character === '\\') {
      const step = character === '\\' ? escapeAt(text, at, final) : atomAt(text, at, final, this.rules.ownLabels);
      if (step === 'more') return false;
      if (step === 'none') return undefined;
      this.buffer.hide(at, step.end);
      this.moveTo(step.end);
      return true;
    }
    if (character === '(' || character === '（') {
      if (at + 1 >= text.length && !final) return false;
      const next = text.charAt(at + 1);
      return next === '+' || (next >= '0' && next <= '9') ? this.run(final) : undefined;
    }
    if ((bits & CHAR.ideograph) === 0) return undefined;
    const rules = bareBefore(this.buffer, at + 1, this.rules.labels);
    return rules.length === 0 ? undefined : this.label(rules, at + 1, final);
  }

  private assign(at: number, final: boolean): boolean {
    const rules = assignedBefore(this.buffer, at, this.rules.labels);
    const outcome = this.label(rules, at + 1, final);
    if (outcome !== undefined) return outcome;
    this.moveTo(at + 1);
    return true;
  }

  /** The value after a label; nothing when no rule finds one. What waits is held from the position on. */
  private label(rules: readonly AskedLabel[], from: number, final: boolean): boolean | undefined {
    const found = this.firstValue(rules, from, final);
    if (found === 'more') return false;
    if (found === undefined) return undefined;
    this.replaceLabelled(found);
    return true;
  }

  private firstValue(rules: readonly AskedLabel[], from: number, final: boolean): Labelled | 'more' | undefined {
    if (rules.length === 0) return undefined;
    const { text } = this.buffer;
    if (from >= text.length && !final) return 'more';
    const isAssigned = ((this.rules.classes[text.charCodeAt(from)] ?? 0) & CHAR.assign) !== 0;
    for (const rule of rules) {
      // A sign right after the label is the business of the rules that want one.
      if (isAssigned && rule.isBare) continue;
      this.steps += rule.maxLength;
      const found = valueAfter(this.buffer, from, rule, final, this.refusedHere);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private readonly refusedHere: OnRefused | undefined = (rule, start, end, reason) => {
    const { buffer, sink } = this;
    if (sink.refused === undefined) return;
    const from = buffer.startOf(start);
    sink.refused(rule, from, buffer.rawBetween(from, buffer.endOf(end - 1)), reason);
  };

  private replaceLabelled({ rule, start, end, runsOn }: Labelled): void {
    this.replace(rule, start, end, runsOn);
    if (runsOn)
      this.swallowing = {
        characters: rule.runsOn,
        block: newBlock(),
        start: this.buffer.startOf(start),
        isOver: false,
      };
  }

  private replace(rule: Rule, start: number, end: number, isOpen: boolean): void {
    const { buffer } = this;
    // No part of a match was sent (`settled.ts`); if one were, its rest would not be.
    const from = Math.max(this.sent, buffer.startOf(start));
    const to = buffer.endOf(end - 1);
    if (from < to) {
      this.keepUpTo(from);
      this.sink.replace(rule, from, buffer.rawBetween(from, to), buffer.text.slice(start, end), isOpen);
      this.sent = to;
    }
    buffer.hide(start, end);
    this.moveTo(end);
  }

  private run(final: boolean): boolean {
    const { text } = this.buffer;
    const start = this.position;
    const end = endOfRun(text, start, this.resume, this.rules, final);
    if (end === undefined) {
      if (!final) this.sendSettled(start);
      return false;
    }
    const { features } = this.resume;
    const window = windowOf(features);
    const length = end - start;
    const isCut = length >= window.length;
    const isDull = (features & INTERESTING) === 0 && length < SHORTEST_TOKEN && !this.isContinued;
    if (isDull && (features & ~PLAIN_WORD) === 0) return this.word(text, start, end, final);
    const labelled =
      (features & (CHAR.assign | GOES_ON_IN_LETTERS)) === 0
        ? undefined
        : this.labelledInRun(start, isCut ? start + window.step : end, final);
    if (labelled === 'more') return false;
    if (labelled !== undefined) {
      this.decideRun(start, labelled.labelEnd, labelled.labelEnd, features, true);
      this.replaceLabelled(labelled.found);
      return true;
    }
    const block = this.blockIn(text, start, end, final);
    if (block === 'more') return false;
    if ((isDull || length < this.rules.runs.shortest) && block === undefined) return this.word(text, start, end, final);
    this.decideRun(start, block ?? end, isCut ? start + window.step : (block ?? end), features, !isCut);
    if (block !== undefined && this.position === block) this.openBlock(text, block, final);
    return true;
  }

  /** Sends the first words of a run of digits that goes on, where nothing can be found in them. */
  private sendSettled(start: number): void {
    const { buffer } = this;
    const { text } = buffer;
    const at = this.settled.upTo({
      text,
      start,
      previous: buffer.unitBefore(start),
      isContinued: this.isContinued,
      before: (index) => buffer.contextAt(index),
      mentioned: () => this.near(start, text.length),
    });
    if (at > 0) this.keepUpTo(buffer.startOf(start + at));
  }

  /** A word without anything in it: a label at most. */
  private word(text: string, start: number, end: number, final: boolean): boolean {
    const outcome = this.label(this.labelsIn(text, start, end), end, final);
    if (outcome !== undefined) return outcome;
    this.moveTo(end);
    return true;
  }

  /** The rules that a word is a label of by itself. */
  private labelsIn(text: string, start: number, end: number): readonly AskedLabel[] {
    const { labels, wordSignatures } = this.rules;
    // A quotation mark before a word is no part of it.
    const from = text.charAt(start) === "'" ? start + 1 : start;
    const signature = wordSignature(end - from, text.charCodeAt(from), text.charCodeAt(end - 1));
    // A value is no label: `type=password`.
    if (wordSignatures[signature] !== 1 || this.buffer.codeBefore(start, 1) === EQUALS) return NO_RULES;
    return labels.words.get(text.slice(from, end).toLowerCase()) ?? NO_RULES;
  }

  /** The first label within a run that has a value after it. */
  private labelledInRun(
    start: number,
    end: number,
    final: boolean,
  ): { labelEnd: number; found: Labelled } | 'more' | undefined {
    const { text } = this.buffer;
    const { classes } = this.rules;
    const hasWords = (this.resume.features & GOES_ON_IN_LETTERS) !== 0;
    let word = start;
    for (let at = start; at <= end; at += 1) {
      const isAssigned = at < end && ((classes[text.charCodeAt(at)] ?? 0) & CHAR.assign) !== 0;
      const endsWord = hasWords && (at === end || isBetweenWords(text.charCodeAt(at)));
      if (!isAssigned && !endsWord) continue;
      const rules = isAssigned ? assignedBefore(this.buffer, at, this.rules.labels) : this.labelsIn(text, word, at);
      const labelEnd = isAssigned ? at + 1 : at;
      if (endsWord) word = at + 1;
      const found = this.firstValue(rules, labelEnd, final);
      if (found === 'more') return 'more';
      if (found !== undefined) return { labelEnd, found };
    }
    return undefined;
  }

  private blockIn(text: string, start: number, end: number, final: boolean): number | 'more' | undefined {
    const at = end - BLOCK_BEGIN.length;
    if (at < start || text.charCodeAt(end - 1) !== LAST_OF_BLOCK || !text.startsWith(BLOCK_BEGIN, at)) return undefined;
    if (this.rules.block === undefined) return undefined;
    const step = blockAt(text, at, final);
    if (step === 'more') return 'more';
    return step === 'none' ? undefined : at;
  }

  private openBlock(text: string, at: number, final: boolean): void {
    const { block } = this.rules;
    const step = blockAt(text, at, final);
    if (block === undefined || typeof step === 'string') return;
    const start = this.buffer.startOf(at);
    this.replace(block, at, step.end, true);
    this.swallowing = { characters: undefined, block: newBlock(), start, isOver: false };
  }

  /** Replaces what is found between `start` and `end` and moves on to `next` or past the last match. */
  private decideRun(start: number, end: number, next: number, features: number, isWhole: boolean): void {
    const { buffer } = this;
    this.steps += end - start;
    const counted = this.isContinued
      ? featuresOf(buffer.contextAt(start).slice(-1) + buffer.text.slice(start, end), features)
      : worthwhileFeatures(buffer.text, start, end, features, this.rules.runs, this.near);
    if (counted !== undefined) {
      this.replaceInRun({ start, end, next, isWhole }, counted, features);
      if (this.swallowing !== undefined || this.position >= next) return;
    }
    const again = isWhole && (features & CHAR.at) !== 0 ? this.ideographIn(Math.max(start, this.position), end) : -1;
    this.moveTo(again === -1 ? next : again === start ? start + 1 : again);
    this.isContinued = !isWhole;
  }

  private readonly near = (from: number, to: number): number => this.mentions.near(this.buffer, from, to);

  private replaceInRun({ start, end, next, isWhole }: Stretch, counted: number, features: number): void {
    const view = this.shown;
    view.show(start, end, this.isContinued, isWhole);
    const offset = start - view.lead;
    const refused: OnRefused | undefined =
      this.sink.refused === undefined
        ? undefined
        : (rule, from, to, reason) => this.refusedHere?.(rule, offset + from, offset + to, reason);
    for (const match of findInRun(view, counted, features, this.rules.runs, refused))
      if (isWhole || offset + match.start < next) this.replaceFound(match, offset, end, isWhole);
  }

  /** Ideographs are in a run as part of an address; where there is none, they are looked at again by themselves. */
  private ideographIn(start: number, end: number): number {
    const { text } = this.buffer;
    for (let at = start; at < end; at += 1) {
      if (((this.rules.classes[text.charCodeAt(at)] ?? 0) & CHAR.ideograph) !== 0) return at;
    }
    return -1;
  }

  private replaceFound({ rule, start, end }: Found, offset: number, runEnd: number, isWhole: boolean): void {
    const runsOn = rule.kind === 'token' && !isWhole && offset + end === runEnd ? rule.runsOn : undefined;
    const from = this.buffer.startOf(offset + start);
    this.replace(rule, offset + start, offset + end, runsOn !== undefined);
    if (runsOn !== undefined) this.swallowing = { characters: runsOn, block: newBlock(), start: from, isOver: false };
  }

  /** Goes on with something whose replacement was sent; false when that takes more text. */
  private swallow(final: boolean): boolean {
    const state = this.swallowing;
    if (state === undefined) return true;
    const { text } = this.buffer;
    const { at, isOver } = state.isOver
      ? { at: this.position, isOver: true }
      : state.characters === undefined
        ? swallowBlock(text, this.position, state.block, final)
        : swallowCharacters(text, this.position, state.characters, state.block);
    this.buffer.hideUpTo(at);
    this.position = at;
    // Where it ends, the next unit begins: what is invisible between goes with it, whenever it comes.
    state.isOver = isOver;
    if ((!isOver || at >= text.length) && !final) return false;
    this.followUpTo(this.buffer.startOf(at));
    this.sink.close(this.sent - state.start);
    this.swallowing = undefined;
    this.moveTo(at);
    return true;
  }
}

const AT = 0x40;
const LAST_OF_BLOCK = BLOCK_BEGIN.charCodeAt(BLOCK_BEGIN.length - 1);
const EQUALS = 0x3d;
const NO_RULES: readonly never[] = [];
const isBetweenWords = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d;
/** Longer ones are not waited for: in a stream every clause would be held. */
const MAX_NAME = 4;

const endOfName = (text: string, at: number, classes: Uint16Array): number => {
  let end = at;
  while (end < text.length && end - at <= MAX_NAME && ((classes[text.charCodeAt(end)] ?? 0) & CHAR.ideograph) !== 0)
    end += 1;
  return end;
};

const newBlock = (): Swallowed => ({ shortLines: 0, isInBody: false, length: 0 });

/** By the class of characters, as many of them as follow each other. */
const ROWS = new Map<RegExp, RegExp>();

const swallowCharacters = (
  text: string,
  from: number,
  characters: RegExp,
  state: Swallowed,
): { at: number; isOver: boolean } => {
  let row = ROWS.get(characters);
  if (row === undefined) {
    row = new RegExp(`${characters.source}*`, `${characters.flags}y`);
    ROWS.set(characters, row);
  }
  row.lastIndex = from;
  row.test(text);
  const at = Math.min(row.lastIndex, from + MAX_RUN_ON - state.length);
  state.length += at - from;
  return { at, isOver: at < text.length || state.length >= MAX_RUN_ON };
};
