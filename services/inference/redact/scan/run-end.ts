import { CHAR } from '../text/char-classes.ts';
import type { ScanRules } from './scan-rules.ts';
import type { TokenStarts } from './token-starts.ts';

/** A run longer than this is decided in windows of this length. */
export const MAX_RUN = 3072;
/** How far a window is moved on: nothing that is found is longer than what two windows share. */
export const RUN_STEP = 2560;
/** The same of a run that is nothing but digits and what parts them: less is found in it, so that less of a stream waits. */
const MAX_DIGITS = 1024;
export const DIGITS_STEP = 896;
/** Classes of what such a run has. */
const OF_DIGITS = CHAR.run | CHAR.digit | CHAR.gap | CHAR.dot | CHAR.slash | CHAR.dash | CHAR.trigger;
/** Signs between two groups of digits. */
const MAX_GAP = 5;

/** In what windows a run is decided that has such features. */
export const windowOf = (features: number): { readonly length: number; readonly step: number } =>
  (features & ~OF_DIGITS) === 0 ? { length: MAX_DIGITS, step: DIGITS_STEP } : { length: MAX_RUN, step: RUN_STEP };

const DOT = 0x2e;
const DASH = 0x2d;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isAlphanumeric = (bits: number): boolean => (bits & (CHAR.digit | CHAR.upper | CHAR.lower)) !== 0;

/** Groups of four that an IBAN has at most, the first with its country; no more than so many units are looked at. */
const IBAN_GROUPS = 9;
const IBAN_UNITS = 48;

const isAlphanumericCode = (code: number): boolean => isDigit(code) || isLetterCode(code);
const isLetterCode = (code: number): boolean => (code | 32) >= 0x61 && (code | 32) <= 0x7a;

/** The group that ends here begins an IBAN, or goes on with one: two letters, two digits, groups of four. */
const isIbanBefore = (text: string, start: number, end: number): boolean => {
  const least = Math.max(start, end - IBAN_UNITS);
  let at = end;
  for (let group = 0; group < IBAN_GROUPS; group += 1) {
    const from = at - IBAN_GROUP;
    if (from < least) return false;
    for (let index = from; index < at; index += 1) if (!isAlphanumericCode(text.charCodeAt(index))) return false;
    if (isIbanHead(text, from) && (from === least || !isAlphanumericCode(text.charCodeAt(from - 1)))) return true;
    at = beforeIbanGap(text, from, least);
  }
  return false;
};

const isIbanHead = (text: string, at: number): boolean =>
  isLetterCode(text.charCodeAt(at)) &&
  isLetterCode(text.charCodeAt(at + 1)) &&
  isDigit(text.charCodeAt(at + 2)) &&
  isDigit(text.charCodeAt(at + 3));

/** Where the group before ends: right here, or before a space, a dash or a line break. */
const beforeIbanGap = (text: string, at: number, least: number): number => {
  const code = at > least ? text.charCodeAt(at - 1) : Number.NaN;
  if (code === 0x20 || code === DASH) return at - 1;
  if (code !== 0x0a) return at;
  return at - 1 > least && text.charCodeAt(at - 2) === 0x0d ? at - 2 : at - 1;
};

/** Where the run goes on beyond spaces and brackets, nothing when it does not, 'more' when that is not known yet. */
const beyondGap = (
  text: string,
  start: number,
  at: number,
  classes: Uint16Array,
  final: boolean,
): number | 'more' | undefined => {
  const last = text.charCodeAt(at - 1);
  // `(86)`: what is in brackets goes on; a dash at the end of a line too.
  const isDash = last === 0x2d && isDigit(text.charCodeAt(at - 2));
  if (!isDigit(last) && !isDash && !isIbanLetter(text, start, at, classes)) return undefined;
  let next = at;
  while (next < text.length && next - at < MAX_GAP && ((classes[text.charCodeAt(next)] ?? 0) & CHAR.gap) !== 0)
    next += 1;
  if (next >= text.length) return final ? undefined : 'more';
  const code = text.charCodeAt(next);
  if (isDigit(code)) return next;
  const bits = classes[code] ?? 0;
  if (!isAlphanumeric(bits) || !isOneGap(text, at, next) || !isIbanBefore(text, start, at)) return undefined;
  const isGroup = isIbanGroup(text, next, classes, final);
  return isGroup === true ? next : isGroup === 'more' ? 'more' : undefined;
};

const IBAN_GROUP = 4;

/** Whether letters and digits go on for no more than a group, and are not the beginning of a name or an address. */
const isIbanGroup = (text: string, from: number, classes: Uint16Array, final: boolean): boolean | 'more' => {
  let end = from;
  while (end < text.length && end - from <= IBAN_GROUP && isAlphanumeric(classes[text.charCodeAt(end)] ?? 0)) end += 1;
  if (end - from > IBAN_GROUP) return false;
  const isDotted = text.charCodeAt(end) === DOT;
  const after = isDotted ? end + 1 : end;
  if (after >= text.length) return final ? true : 'more';
  if (isDotted) return !isAlphanumeric(classes[text.charCodeAt(after)] ?? 0);
  return text.charCodeAt(end) === DASH || ((classes[text.charCodeAt(end)] ?? 0) & CHAR.run) === 0;
};

/** A space, or a line break as a mail program puts one. */
const isOneGap = (text: string, from: number, to: number): boolean =>
  (to === from + 1 && (text.charCodeAt(from) === 0x20 || text.charCodeAt(from) === 0x0a)) ||
  (to === from + 2 && text.charCodeAt(from) === 0x0d && text.charCodeAt(from + 1) === 0x0a);

const isIbanLetter = (text: string, start: number, at: number, classes: Uint16Array): boolean => {
  const bits = classes[text.charCodeAt(at - 1)] ?? 0;
  return (bits & (CHAR.upper | CHAR.lower)) !== 0 && at - start >= 8 && isIbanBefore(text, start, at);
};

/** In the domain of an address, labels may be of an alphabet that otherwise ends a run, and dots wide. */
const goesOnInDomain = (
  text: string,
  start: number,
  at: number,
  classes: Uint16Array,
  final: boolean,
): boolean | 'more' => {
  const bits = classes[text.charCodeAt(at)] ?? 0;
  const last = text.charCodeAt(at - 1);
  if ((bits & CHAR.ideograph) !== 0) {
    if (last === 0x40) return at - 1 > start;
    return last === 0x2e || last === 0x3002 || ((classes[last] ?? 0) & CHAR.ideograph) !== 0;
  }
  if (text.charCodeAt(at) !== 0x3002) return false;
  if (at + 1 >= text.length) return final ? false : 'more';
  return isAlphanumeric(classes[text.charCodeAt(at + 1)] ?? 0) || ((classes[last] ?? 0) & CHAR.ideograph) !== 0;
};

const isName = (text: string, start: number, at: number, classes: Uint16Array): boolean =>
  ((classes[text.charCodeAt(start)] ?? 0) & (classes[text.charCodeAt(at)] ?? 0) & CHAR.ideograph) !== 0;

const EQUALS = 0x3d;
/** Longer names, and what else is in a name, may be a part of something. */
const LONGEST_NAME = 15;
const OF_NAMES = CHAR.run | CHAR.upper | CHAR.lower | CHAR.dash | CHAR.foreign;

/** The name in `name=value` is a run of its own, so that a stream need not wait for the value. */
const isNameBefore = (text: string, start: number, at: number, features: number, starts: TokenStarts): boolean =>
  (features & ~OF_NAMES) === 0 && at - start <= LONGEST_NAME && at > start && !starts.beginsIn(text, start, at + 1);

/** Where the run that begins at `start` ends; nothing while that is not known. `resume` is kept for the next look. */
export const endOfRun = (
  text: string,
  start: number,
  resume: { at: number; features: number },
  { classes, runs }: Pick<ScanRules, 'classes' | 'runs'>,
  final: boolean,
): number | undefined => {
  let limit = start + MAX_DIGITS;
  let length = Math.min(text.length, limit);
  let at = Math.max(resume.at, start + 1);
  // A name before the `@` of an address may be of ideographs, which otherwise end a run.
  if (resume.at <= start) while (at < length && isName(text, start, at, classes)) at += 1;
  let features = resume.at > start ? resume.features : (classes[text.charCodeAt(start)] ?? 0);
  let end: number | undefined;
  for (;;) {
    for (; at < length; at += 1) {
      const bits = classes[text.charCodeAt(at)] ?? 0;
      if ((bits & CHAR.run) === 0) break;
      if (text.charCodeAt(at) === EQUALS && isNameBefore(text, start, at, features, runs.starts))
        return settle(resume, at, features);
      if ((features & WIDE_DOMAIN) !== 0 && endsWideDomain(text, at, bits, classes))
        return settle(resume, at, features);
      features |= bits;
    }
    const next = at < length ? goesOnAt(text, start, at, features, classes, final) : at;
    if (next === 'more') break;
    if (next === undefined) {
      end = at;
      break;
    }
    if (next >= limit && limit < start + windowOf(features).length) {
      limit = start + MAX_RUN;
      length = Math.min(text.length, limit);
      continue;
    }
    // Between two groups too, a window ends where it is full.
    if (next >= limit || at >= length) {
      end = next >= limit ? limit : final ? at : undefined;
      break;
    }
    if (text.charCodeAt(at) === WIDE_COLON) features |= CHAR.colon;
    const isWide = ((classes[text.charCodeAt(at)] ?? 0) & CHAR.ideograph) !== 0;
    if (isWide && (features & CHAR.at) !== 0) features |= WIDE_DOMAIN;
    if (next > at && ((classes[text.charCodeAt(next)] ?? 0) & (CHAR.upper | CHAR.lower)) !== 0)
      features |= GOES_ON_IN_LETTERS;
    at = next;
  }
  resume.at = at;
  resume.features = features;
  return end;
};

const settle = (resume: { at: number; features: number }, at: number, features: number): number => {
  resume.at = at;
  resume.features = features;
  return at;
};

/** A feature of runs alone: a label of ideographs stands after their `@`. */
const WIDE_DOMAIN = 32_768;
/** Another: beyond a gap it goes on with a letter, as an IBAN does and as a sentence may: `us12 born on`. */
export const GOES_ON_IN_LETTERS = 65_536;

/**
 * After ideographs only a dot goes on with a domain, and no second `@` follows: where there is no address, such a run is
 * looked at again from its first ideograph, and must not be long.
 */
const endsWideDomain = (text: string, at: number, bits: number, classes: Uint16Array): boolean =>
  (bits & CHAR.at) !== 0 ||
  (text.charCodeAt(at) !== 0x2e && ((classes[text.charCodeAt(at - 1)] ?? 0) & CHAR.ideograph) !== 0);

/** `：` */
export const WIDE_COLON = 0xff1a;
const HEX = /(?:^|[^A-Za-z0-9])[0-9A-Fa-f:：]{1,44}$/;
const HEX_OR_COLON = /[0-9A-Fa-f:：]/;

/** A wide colon ends a run, but not between groups of hexadecimal digits: an address in wide characters has them. */
const beyondWideColon = (text: string, start: number, at: number, final: boolean): number | 'more' | undefined => {
  if (!HEX.test(text.slice(Math.max(start, at - 46), at))) return undefined;
  if (at + 1 >= text.length) return final ? undefined : 'more';
  return HEX_OR_COLON.test(text.charAt(at + 1)) ? at + 1 : undefined;
};

const goesOnAt = (
  text: string,
  start: number,
  at: number,
  features: number,
  classes: Uint16Array,
  final: boolean,
): number | 'more' | undefined => {
  const bits = classes[text.charCodeAt(at)] ?? 0;
  if (text.charCodeAt(at) === WIDE_COLON) return beyondWideColon(text, start, at, final);
  if ((bits & CHAR.gap) !== 0 && (features & CHAR.digit) !== 0) return beyondGap(text, start, at, classes, final);
  if ((features & CHAR.at) === 0) return undefined;
  const goesOn = goesOnInDomain(text, start, at, classes, final);
  return goesOn === true ? at + 1 : goesOn === 'more' ? 'more' : undefined;
};
