import { CHAR } from '../text/char-classes.ts';
import type { ScanRules } from './scan-rules.ts';
import type { TokenStarts } from './token-starts.ts';

/** A run longer than this is decided in windows of this length. */
export const MAX_RUN = 3072;
/** How far a window is moved on: nothing that is found is longer than what two windows share. */
export const RUN_STEP = 2560;
/** Signs between two groups of digits. */
const MAX_GAP = 5;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isAlphanumeric = (bits: number): boolean => (bits & (CHAR.digit | CHAR.upper | CHAR.lower)) !== 0;

/** The group that ends here begins an IBAN, or goes on with one: two letters, two digits, groups of four. */
const isIbanBefore = (text: string, start: number, end: number): boolean => {
  const group = text.slice(Math.max(start, end - 48), end);
  return /(?:^|[^A-Za-z0-9])[A-Za-z]{2}\d{2}(?:(?:[ -]|\r?\n)?[A-Za-z0-9]{4}){0,8}$/.test(group);
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
  return isAlphanumeric(bits) && isOneGap(text, at, next) && isIbanBefore(text, start, at) ? next : undefined;
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
  const limit = start + MAX_RUN;
  const length = Math.min(text.length, limit);
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
    if (at >= length) {
      end = at >= limit || final ? at : undefined;
      break;
    }
    const next = goesOnAt(text, start, at, features, classes, final);
    if (next === 'more') break;
    if (next === undefined || next >= limit) {
      end = at;
      break;
    }
    if (text.charCodeAt(at) === WIDE_COLON) features |= CHAR.colon;
    const isWide = ((classes[text.charCodeAt(at)] ?? 0) & CHAR.ideograph) !== 0;
    if (isWide && (features & CHAR.at) !== 0) features |= WIDE_DOMAIN;
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
