import type { Decoder } from './decoder.ts';
import { leftOf, type Running } from './task.ts';

/** What one answer gets of a step. */
export interface Share {
  readonly running: Running;
  /** So many of its tokens are computed. */
  readonly count: number;
  /** Tokens computed after them, in the hope that these come next. */
  readonly guesses: readonly number[];
  /** Whether the answer is being written; else it is the prompt that is computed. */
  readonly isWriting: boolean;
}

/** Tokens of all of them, guesses included. */
export const totalOf = (shares: readonly Share[]): number => shares.reduce((sum, share) => sum + lengthOf(share), 0);

const lengthOf = ({ count, guesses }: Share): number => count + guesses.length;

/** How many tokens stand before each of them, on average. */
export const lookbackOf = (shares: readonly Share[]): number =>
  shares.reduce((sum, { running }) => sum + running.holding.length, 0) / Math.max(1, shares.length);

/** The part of them that is asked for the next token of an answer, guesses included. */
export const writtenOf = (shares: readonly Share[]): number =>
  shares.reduce((sum, { isWriting, guesses }) => sum + (isWriting ? 1 + guesses.length : 0), 0);

export const isWriting = (running: Running): boolean => leftOf(running) === 1;

/**
 * The batches of one step, answers before prompts: each has one set of adapters, and what does not fit into `mixedTokens`
 * is computed apart. Where the library takes equal numbers of tokens of all sequences at a time, so do the batches.
 */
export const batchesOf = (
  shares: readonly Share[],
  { mixedTokens, isEven }: Pick<Decoder, 'mixedTokens' | 'isEven'>,
): (readonly Share[])[] =>
  byVariant(shares).flatMap((group) => {
    if (isEven) return evenly(group);
    return totalOf(group) <= mixedTokens ? [group] : apart(group, mixedTokens);
  });

/** The shortest first: those are answers. */
const evenly = (group: readonly Share[]): (readonly Share[])[] => {
  const [first] = group;
  if (first !== undefined && group.every((share) => lengthOf(share) === lengthOf(first))) return [group];
  return [...Map.groupBy(group, lengthOf)].sort(([one], [other]) => one - other).map(([, shares]) => shares);
};

const apart = (group: readonly Share[], mixedTokens: number): (readonly Share[])[] => {
  const writing = group.filter((share) => share.isWriting);
  const prompts = group.filter((share) => !share.isWriting);
  const parts = Math.ceil(totalOf(writing) / mixedTokens);
  const size = Math.ceil(writing.length / Math.max(1, parts));
  const batches = Array.from({ length: parts }, (_, part) => writing.slice(part * size, (part + 1) * size));
  return prompts.length === 0 ? batches : [...batches, prompts];
};

const byVariant = (shares: readonly Share[]): (readonly Share[])[] => {
  const [first] = shares;
  if (first === undefined) return [];
  const variant = variantOf(first);
  if (shares.every((share) => variantOf(share) === variant)) return [shares];
  return [...Map.groupBy(shares, variantOf).values()];
};

export const variantOf = ({ running }: Share): string => running.task.variant ?? '';

/** Appends a share to the batch; returns the places of its outputs, the first one that of the last token known. */
export const fill = (decoder: Decoder, { running: { task, holding }, count, guesses }: Share): number[] => {
  const places: number[] = [];
  const end = holding.length + count;
  const isComplete = end === task.tokens.length;
  for (let position = holding.length; position < end + guesses.length; position += 1) {
    const token = (position < end ? task.tokens[position] : guesses[position - end]) ?? 0;
    const isSampled = isComplete && position >= end - 1;
    const place = decoder.add({ token, position, sequence: holding.slot, isSampled });
    if (isSampled) places.push(place);
  }
  return places;
};
