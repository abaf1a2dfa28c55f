/**
 * Drain (He and others, 2017): lines of equal length that begin alike are kept together when enough of their words agree; the
 * words that do not become wildcards. Our own, because no maintained package for Node is to be had from the npm registry:
 * the ports that exist (drain3 and its descendants) are for Python.
 */
export interface Template {
  readonly id: number;
  /** Who says it and what it is about: never merged with another. */
  readonly head: string;
  /** What stays, and `<*>` for what varies. */
  words: readonly string[];
  lines: number;
  lastSlot: number;
}

/** Templates by the way to them: what the line is about, and its number of words. */
export interface Miner {
  readonly groups: Map<string, Template[]>;
  nextId: number;
  size: number;
}

export const WILDCARD = '<*>';
/** Words that must agree before two lines are of one kind. */
const SIMILAR = 0.5;
export const MOST_TEMPLATES = 1000;
/** Of one beginning: more, and the beginning says nothing. */
const MOST_SIBLINGS = 64;

export const newMiner = (): Miner => ({ groups: new Map(), nextId: 1, size: 0 });

/** What tells lines apart beside their words: who wrote them, about what. */
interface Line {
  readonly head: string;
  readonly words: readonly string[];
}

/** The template of a line, which may be new (`lines` is 1 then). The one that was not seen for longest goes when there are too many. */
export const mine = (miner: Miner, { head, words }: Line, slot: number): Template => {
  const way = `${words.length} ${head}`;
  const siblings = miner.groups.get(way) ?? [];
  const known = nearest(siblings, words);
  if (known !== undefined) {
    known.words = merged(known.words, words);
    known.lines += 1;
    known.lastSlot = slot;
    return known;
  }
  const template: Template = { id: miner.nextId, head, words: [...words], lines: 1, lastSlot: slot };
  miner.nextId += 1;
  miner.groups.set(way, [...siblings, template]);
  miner.size += 1;
  if (siblings.length >= MOST_SIBLINGS) forgetOldest(miner, [way]);
  if (miner.size > MOST_TEMPLATES) forgetOldest(miner, miner.groups.keys());
  return template;
};

const nearest = (siblings: readonly Template[], words: readonly string[]): Template | undefined => {
  let best: Template | undefined;
  let most = 0;
  for (const template of siblings) {
    const same = agreement(template.words, words);
    if (same > most) [best, most] = [template, same];
  }
  return words.length === 0 ? siblings[0] : most >= SIMILAR * words.length ? best : undefined;
};

const agreement = (template: readonly string[], words: readonly string[]): number => {
  let same = 0;
  for (let at = 0; at < words.length; at += 1) if (template[at] === words[at]) same += 1;
  return same;
};

const merged = (template: readonly string[], words: readonly string[]): readonly string[] =>
  agreement(template, words) === words.length
    ? template
    : template.map((word, at) => (word === words[at] ? word : WILDCARD));

const forgetOldest = (miner: Miner, ways: Iterable<string>): void => {
  let oldest: { readonly way: string; readonly template: Template } | undefined;
  for (const way of ways) {
    for (const template of miner.groups.get(way) ?? []) {
      if (oldest === undefined || template.lastSlot < oldest.template.lastSlot) oldest = { way, template };
    }
  }
  if (oldest === undefined) return;
  const { way, template } = oldest;
  const left = (miner.groups.get(way) ?? []).filter((one) => one !== template);
  if (left.length === 0) miner.groups.delete(way);
  else miner.groups.set(way, left);
  miner.size -= 1;
};
