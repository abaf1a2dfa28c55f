/** What one step of a pattern does. */
export type Instruction =
  | { readonly kind: 'character'; readonly matches: (character: string) => boolean; next: number }
  | { readonly kind: 'split'; readonly next: number[] }
  | { readonly kind: 'match' };

/**
 * A pattern as a machine without backtracking (Thompson's construction): it is in all its states at once, so its time
 * grows with the length of what it looks at and never faster. And unlike a regular expression of the language it knows
 * whether more text could still make a match, which is what a stream has to hold back.
 */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
  readonly maxLength: number;
  /** `\b` at the beginning or the end. */
  readonly beginsWord: boolean;
  readonly endsWord: boolean;
}

const WORD = /[\p{L}\p{N}_]/u;

const isWordAt = (text: string, at: number): boolean => {
  const code = text.codePointAt(at);
  return code !== undefined && WORD.test(String.fromCodePoint(code));
};

const close = (instructions: readonly Instruction[], from: readonly number[]): Set<number> => {
  const states = new Set<number>();
  const waiting = [...from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const instruction = instructions[state];
    if (instruction === undefined || states.has(state)) continue;
    states.add(state);
    if (instruction.kind === 'split') waiting.push(...instruction.next);
  }
  return states;
};

const step = (instructions: readonly Instruction[], states: ReadonlySet<number>, character: string): Set<number> => {
  const next: number[] = [];
  for (const state of states) {
    const instruction = instructions[state];
    if (instruction?.kind === 'character' && instruction.matches(character)) next.push(instruction.next);
  }
  return close(instructions, next);
};

/** Runs programs from places of a text. */
export interface Machine {
  /** Where the longest match that begins here ends; -1 when none does; 'more' when that takes more text. */
  run(text: string, at: number, previous: string, final: boolean): number | 'more';
  /** Characters looked at so far; tests watch how it grows. */
  readonly steps: number;
}

/** Prepares a program; what it can begin with is remembered, so that most places cost one look. */
export const createMachine = ({ instructions, start, maxLength, beginsWord, endsWord }: Program): Machine => {
  const first = close(instructions, [start]);
  const begins = new Map<string, boolean>();
  const accepts = (states: ReadonlySet<number>): boolean =>
    [...states].some((state) => instructions[state]?.kind === 'match');
  const canBegin = (character: string): boolean => {
    let known = begins.get(character);
    if (known === undefined) {
      known = step(instructions, first, character).size > 0;
      begins.set(character, known);
    }
    return known;
  };
  let steps = 0;

  const run: Machine['run'] = (text, at, previous, final) => {
    steps += 1;
    const code = text.codePointAt(at) ?? 0;
    if (isHalf(code) && at + 1 >= text.length && !final) return 'more';
    if (!canBegin(String.fromCodePoint(code)) || (beginsWord && WORD.test(previous) === isWordAt(text, at))) return -1;
    let states = first;
    let end = -1;
    for (let place = at; states.size > 0; ) {
      if (place > at && accepts(states)) {
        if (endsWord && !final && isUnknown(text, place)) return 'more';
        if (!endsWord || isWordAt(text, place) !== isWordAt(text, place - 1)) end = place;
      }
      if (place - at >= maxLength) break;
      const next = text.codePointAt(place);
      if (next === undefined || (isHalf(next) && place + 1 >= text.length)) {
        if (!final && hasSteps(instructions, states)) return 'more';
        if (next === undefined) break;
      }
      const character = String.fromCodePoint(next);
      states = step(instructions, states, character);
      place += character.length;
      steps += 1;
    }
    return end;
  };
  return {
    run,
    get steps() {
      return steps;
    },
  };
};

const isHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Nothing is there yet, or half a character. */
const isUnknown = (text: string, place: number): boolean =>
  place >= text.length || (place + 1 >= text.length && isHalf(text.charCodeAt(place)));

const hasSteps = (instructions: readonly Instruction[], states: ReadonlySet<number>): boolean =>
  [...states].some((state) => instructions[state]?.kind === 'character');
