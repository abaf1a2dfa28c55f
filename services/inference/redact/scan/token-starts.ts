import type { AskedToken } from './run-rules.ts';

/** Token rules by their literal beginnings. */
export interface TokenStarts {
  /** The rules of which a beginning stands in a run. */
  rulesIn(run: string): Iterable<AskedToken>;
  /** Whether a beginning stands between two places of a text. */
  beginsIn(text: string, from: number, to: number): boolean;
}

interface Start {
  readonly text: string;
  readonly asked: AskedToken;
}

const SLOTS = 16_384;
const slotOf = (first: number, second: number): number => ((first & 127) << 7) | (second & 127);

/** Arranges them by their first two characters: a table says no to nearly every place of a run. */
export const arrangeStarts = (rules: readonly AskedToken[]): TokenStarts => {
  const slots = new Uint8Array(SLOTS);
  const bySlot = new Map<number, Start[]>();
  for (const asked of rules) {
    for (const text of asked.rule.starts ?? []) {
      const slot = slotOf(text.charCodeAt(0), text.charCodeAt(1));
      slots[slot] = 1;
      const list = bySlot.get(slot) ?? [];
      list.push({ text, asked });
      bySlot.set(slot, list);
    }
  }
  return {
    rulesIn(run) {
      let found: Set<AskedToken> | undefined;
      let previous = run.charCodeAt(0);
      for (let index = 1; index < run.length; index += 1) {
        const code = run.charCodeAt(index);
        const slot = slotOf(previous, code);
        previous = code;
        if (slots[slot] === 0) continue;
        for (const { text, asked } of bySlot.get(slot) ?? []) {
          if (!run.startsWith(text, index - 1)) continue;
          found ??= new Set();
          found.add(asked);
        }
      }
      return found ?? NONE;
    },
    beginsIn(text, from, to) {
      for (let index = from + 1; index < to; index += 1) {
        const slot = slotOf(text.charCodeAt(index - 1), text.charCodeAt(index));
        if (slots[slot] === 0) continue;
        for (const start of bySlot.get(slot) ?? [])
          if (index - 1 + start.text.length <= to && text.startsWith(start.text, index - 1)) return true;
      }
      return false;
    },
  };
};

const NONE: readonly AskedToken[] = [];
