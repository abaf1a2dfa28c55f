import { SEP } from '../rules/features.ts';
import { MAX_RUN } from './run-end.ts';

/** What each unit is between digits; a wall unless it is listed. */
const SEPARATORS = new Uint8Array(65_536).fill(SEP.wall);
const LISTED: readonly (readonly [string, number])[] = [
  [' \t', SEP.space],
  ['\n\r', SEP.newline],
  ['-', SEP.dash],
  ['.·', SEP.dot],
  ['/', SEP.slash],
  ['()（）', SEP.paren],
  ['转', SEP.extension],
];
for (const [characters, separator] of LISTED) {
  for (const character of characters) SEPARATORS[character.charCodeAt(0)] = separator;
}

const SIZE = MAX_RUN + 8;
const CHECK_LETTER = 0x58;
/** The sum of two digits of what is doubled. */
const DOUBLED = Uint8Array.of(0, 2, 4, 6, 8, 1, 3, 5, 7, 9);
/** In the sums, what no digits add up to. */
const LETTER = 1 << 16;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isAlphanumeric = (code: number): boolean => isDigit(code) || ((code | 32) >= 0x61 && (code | 32) <= 0x7a);

/**
 * The groups of digits in a run: where each begins, and what stands before it. One set of arrays serves every run, since
 * a run is read and judged before the next.
 */
export class DigitGroups {
  /** How many digits there are; a last `X` of a check digit counts as one. */
  total = 0;
  /** How many groups. */
  count = 0;
  private run = '';
  /** The digits, as codes of characters. */
  readonly codes = new Uint8Array(SIZE);
  private readonly places = new Int16Array(SIZE);
  private readonly firsts = new Int16Array(SIZE);
  private readonly groups = new Int16Array(SIZE);
  private readonly separators = new Uint8Array(SIZE);
  /** Sums of the Luhn check before each digit, with every other digit doubled: those at odd places, those at even ones. */
  private readonly oddDoubled = new Int32Array(SIZE);
  private readonly evenDoubled = new Int32Array(SIZE);

  read(run: string): void {
    const { codes, places, firsts, groups, separators, oddDoubled, evenDoubled } = this;
    let total = 0;
    let count = 0;
    let gap = 0;
    let isInGroup = false;
    for (let index = 0; index < run.length; index += 1) {
      const code = run.charCodeAt(index);
      const isCheck = isInGroup && (code & 0xffdf) === CHECK_LETTER && !isAlphanumeric(run.charCodeAt(index + 1));
      if (!isDigit(code) && !isCheck) {
        gap |= SEPARATORS[code] ?? SEP.wall;
        isInGroup = false;
        continue;
      }
      groups[total] = isInGroup ? -1 : count;
      if (!isInGroup) {
        firsts[count] = total;
        separators[count] = gap;
        count += 1;
        gap = 0;
        isInGroup = true;
      }
      places[total] = index;
      codes[total] = isCheck ? CHECK_LETTER : code;
      const plain = isCheck ? LETTER : code - 0x30;
      const twice = isCheck ? LETTER : (DOUBLED[plain] ?? 0);
      oddDoubled[total + 1] = (oddDoubled[total] ?? 0) + ((total & 1) === 1 ? twice : plain);
      evenDoubled[total + 1] = (evenDoubled[total] ?? 0) + ((total & 1) === 0 ? twice : plain);
      total += 1;
    }
    firsts[count] = total;
    groups[total] = count;
    separators[count] = gap;
    this.run = run;
    this.total = total;
    this.count = count;
  }

  /** Index of the first digit of a group; of the group past the last, how many digits there are. */
  firstOf(group: number): number {
    return this.firsts[group] ?? 0;
  }

  /** Where a digit stands in the run. */
  placeOf(digit: number): number {
    return this.places[digit] ?? 0;
  }

  valueOf(digit: number): number {
    return (this.codes[digit] ?? 0) - 0x30;
  }

  /** Whether the last of some digits is the check digit of the others (ISO/IEC 7812-1). */
  passesLuhn(first: number, length: number): boolean {
    const last = first + length - 1;
    const sums = (last & 1) === 0 ? this.oddDoubled : this.evenDoubled;
    const sum = (sums[last + 1] ?? 0) - (sums[first] ?? 0);
    return sum < LETTER && sum % 10 === 0;
  }

  /** Whether the letter of a check digit is among some digits. */
  hasLetter(first: number, length: number): boolean {
    return (this.oddDoubled[first + length] ?? 0) - (this.oddDoubled[first] ?? 0) >= LETTER;
  }

  /** The group that a digit begins, or -1. */
  groupAt(digit: number): number {
    return digit > this.total ? -1 : (this.groups[digit] ?? -1);
  }

  /** What stands before a group. */
  before(group: number): number {
    return this.separators[group] ?? 0;
  }

  /** The digits of a span, without what stands between them. */
  digits(from: number, to: number): string {
    let digits = '';
    for (let group = from; group <= to; group += 1) {
      const place = this.placeOf(this.firstOf(group));
      digits += this.run.slice(place, place + this.firstOf(group + 1) - this.firstOf(group));
    }
    return this.codes[this.firstOf(to + 1) - 1] === CHECK_LETTER ? digits.toUpperCase() : digits;
  }

  /** What stands between the groups of a span. */
  between(from: number, to: number): number {
    let separators = 0;
    for (let group = from + 1; group <= to; group += 1) separators |= this.before(group);
    return separators;
  }

  lengths(from: number, to: number): number[] {
    const lengths: number[] = [];
    for (let group = from; group <= to; group += 1) lengths.push(this.firstOf(group + 1) - this.firstOf(group));
    return lengths;
  }

  /** Lengths of the groups on either side with only spaces between. */
  beside(from: number, to: number): [number, number] {
    const isLeft = from > 0 && this.before(from) === SEP.space;
    const isRight = to + 1 < this.count && this.before(to + 1) === SEP.space;
    return [isLeft ? this.lengthOf(from - 1) : 0, isRight ? this.lengthOf(to + 1) : 0];
  }

  /** No group is on either side with only spaces between. */
  isAlone(from: number, to: number): boolean {
    return (
      (from === 0 || this.before(from) !== SEP.space) && (to + 1 >= this.count || this.before(to + 1) !== SEP.space)
    );
  }

  lengthOf(group: number): number {
    return this.firstOf(group + 1) - this.firstOf(group);
  }

  /** Whether a span has one line break within and none that joins it to more groups: those would be a column. */
  isBrokenOnce(from: number, to: number): boolean {
    let breaks = 0;
    for (let group = from + 1; group <= to; group += 1) if ((this.before(group) & SEP.newline) !== 0) breaks += 1;
    const isLeft = from > 0 && (this.before(from) & SEP.newline) !== 0;
    const isRight = to + 1 < this.count && (this.before(to + 1) & SEP.newline) !== 0;
    return breaks === 1 && !isLeft && !isRight;
  }

  /** Nothing that could separate groups of one number joins this group to one before it. */
  beginsChain(group: number): boolean {
    return group === 0 || (this.before(group) & SEP.wall) !== 0;
  }

  endsChain(group: number): boolean {
    return group + 1 >= this.count || (this.before(group + 1) & SEP.wall) !== 0;
  }
}
