import type { ToolCallDelta } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';

type Text = GenerationEvent & { readonly type: 'text' };
type Reasoning = GenerationEvent & { readonly type: 'reasoning' };
type ToolCalls = GenerationEvent & { readonly type: 'toolCalls' };

/** Large enough to be cheap to keep, small enough that a replayed stream still comes in parts. */
const PIECE_TOKENS = 16;
/** Not every engine counts each piece. */
const PIECE_CHARACTERS = 256;

/**
 * Puts neighbouring pieces together up to a size, except across the `places` where somebody has read up to. Answers the
 * shorter list and where those places are in it.
 */
export const foldEvents = (
  events: readonly GenerationEvent[],
  places: readonly number[] = [],
): { readonly events: GenerationEvent[]; readonly places: readonly number[] } => {
  const kept = new Set(places);
  const movedTo = new Map<number, number>();
  const folded: GenerationEvent[] = [];
  events.forEach((event, index) => {
    const isPlace = kept.has(index);
    if (isPlace) movedTo.set(index, folded.length);
    const last = isPlace ? undefined : folded.at(-1);
    const joined = last === undefined ? undefined : join(last, event);
    if (joined === undefined) folded.push(event);
    else folded[folded.length - 1] = joined;
  });
  return { events: folded, places: places.map((place) => movedTo.get(place) ?? folded.length) };
};

const join = (earlier: GenerationEvent, later: GenerationEvent): GenerationEvent | undefined => {
  if (!isPiece(earlier) || !isPiece(later) || !fits(earlier, later)) return undefined;
  const tokens = sum(earlier, later);
  if (earlier.type === 'text' && later.type === 'text') return joinTexts(earlier, later);
  if (earlier.type === 'reasoning' && later.type === 'reasoning') {
    return { ...earlier, text: earlier.text + later.text, tokens };
  }
  if (earlier.type !== 'toolCalls' || later.type !== 'toolCalls') return undefined;
  return { ...earlier, calls: joinCalls(earlier.calls, later.calls), tokens };
};

type Piece = Text | Reasoning | ToolCalls;

const isPiece = (event: GenerationEvent): event is Piece =>
  event.type === 'text' || event.type === 'reasoning' || event.type === 'toolCalls';

const fits = (earlier: Piece, later: Piece): boolean =>
  earlier.choice === later.choice && sum(earlier, later) <= PIECE_TOKENS && lengthOf(earlier) <= PIECE_CHARACTERS;

const lengthOf = (piece: Piece): number =>
  piece.type === 'toolCalls'
    ? piece.calls.reduce((length, call) => length + call.arguments.length, 0)
    : piece.text.length;

const sum = (earlier: Piece, later: Piece): number => earlier.tokens + later.tokens;

const joinTexts = (earlier: Text, later: Text): Text => {
  const text = { ...earlier, text: earlier.text + later.text, tokens: sum(earlier, later) };
  if (later.logprobs === undefined) return text;
  return { ...text, logprobs: [...(earlier.logprobs ?? []), ...later.logprobs] };
};

/** The arguments of one call go on where they ended; a call with an id is a new one. */
const joinCalls = (earlier: readonly ToolCallDelta[], later: readonly ToolCallDelta[]): ToolCallDelta[] => {
  const calls = [...earlier];
  for (const delta of later) {
    const last = calls.at(-1);
    const goesOn =
      last !== undefined && last.index === delta.index && delta.id === undefined && delta.name === undefined;
    if (goesOn) calls[calls.length - 1] = { ...last, arguments: last.arguments + delta.arguments };
    else calls.push(delta);
  }
  return calls;
};
