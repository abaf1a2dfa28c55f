import type { BatchToken, DecodeOutcome, Decoder, Sampled, Sampler } from './decoder.ts';

export interface FakeDecoder extends Decoder {
  /** The batches so far, as sequence and token. */
  readonly batches: readonly (readonly BatchToken[])[];
  /** With which adapters each of them was computed. */
  readonly variants: readonly string[];
  readonly usedCells: number;
  /** How many cells were given to other sequences, or taken away. */
  readonly moves: number;
  /** What the next batches come to; `done` when nothing was said. */
  readonly outcomes: ((batch: readonly BatchToken[]) => DecodeOutcome)[];
  sampler(): Sampler & { readonly isFree: boolean };
}

interface FakeOptions {
  readonly cells?: number;
  readonly batchTokens?: number;
  readonly sequences?: number;
  readonly maxOutputs?: number;
  readonly mixedTokens?: number;
  /** False: each sequence has cells of its own, an equal part of them all. */
  readonly canShare?: boolean;
  /** Called with every batch that is to be computed, so that a clock may go on. */
  readonly onBatch?: (batch: readonly BatchToken[]) => void;
  /** What the "model" says after these tokens. */
  readonly answer?: (tokens: readonly number[]) => number;
}

interface Cell {
  readonly token: number;
  readonly position: number;
  readonly sequences: Set<number>;
}

const encoder = new TextEncoder();
const decoderOfText = new TextDecoder();

/**
 * A pool of cells without a model, as strict as llama.cpp: positions without gaps, no more cells than there are. Its
 * "model" answers with a number made of all tokens before, so that a wrong or lost cell changes every answer after it.
 */
export const createFakeDecoder = (options: FakeOptions = {}): FakeDecoder => {
  const { cells = 64, batchTokens = 32, sequences = 16, maxOutputs = 16, onBatch = () => {} } = options;
  const { answer = answerTo, canShare = true } = options;
  const cellsOfOne = canShare ? cells : Math.floor(cells / sequences);
  let pool: Cell[] = [];
  let batch: BatchToken[] = [];
  let outputs = new Map<number, number>();
  const batches: BatchToken[][] = [];
  const variants: string[] = [];
  let variant = '';
  let moves = 0;
  const outcomes: FakeDecoder['outcomes'] = [];

  const tokensOf = (sequence: number): Cell[] =>
    pool.filter((cell) => cell.sequences.has(sequence)).sort((one, other) => one.position - other.position);

  const hasRoom = (): boolean => {
    if (pool.length + batch.length > cells) return false;
    const added = Map.groupBy(batch, ({ sequence }) => sequence);
    return canShare || [...added].every(([sequence, { length }]) => tokensOf(sequence).length + length <= cellsOfOne);
  };

  const decode = (): DecodeOutcome => {
    onBatch(batch);
    if (batch.filter(({ isSampled }) => isSampled).length > maxOutputs) throw new Error('too many outputs');
    const outcome = outcomes.shift()?.(batch) ?? (hasRoom() ? 'done' : 'full');
    if (outcome === 'done') commit();
    batch = [];
    return outcome;
  };

  const commit = (): void => {
    outputs = new Map();
    batches.push(batch);
    variants.push(variant);
    for (const [place, { token, position, sequence, isSampled }] of batch.entries()) {
      const before = tokensOf(sequence);
      if (position !== before.length || before.some((cell, at) => cell.position !== at)) {
        throw new Error(`sequence ${sequence}: position ${position} after ${before.map((cell) => cell.position)}`);
      }
      pool.push({ token, position, sequences: new Set([sequence]) });
      if (isSampled) outputs.set(place, answer([...before.map((cell) => cell.token), token]));
    }
  };

  return {
    batchTokens,
    mixedTokens: options.mixedTokens ?? batchTokens,
    maxOutputs,
    cells,
    sequences,
    canShare,
    isEven: !canShare,
    canCut: true,
    batches,
    variants,
    outcomes,
    get usedCells() {
      return pool.length;
    },
    get moves() {
      return moves;
    },
    add(token) {
      batch.push(token);
      return batch.length - 1;
    },
    useVariant(next) {
      variant = next;
    },
    useThreads: () => {},
    decode,
    copy(from, to, start, end) {
      if (!canShare) throw new Error(`sequence ${from} shares no cells with ${to}`);
      moves += 1;
      for (const cell of tokensOf(from)) if (cell.position >= start && cell.position < end) cell.sequences.add(to);
    },
    remove(sequence, start, end = Number.POSITIVE_INFINITY) {
      moves += 1;
      for (const cell of tokensOf(sequence)) {
        if (cell.position >= start && cell.position < end) cell.sequences.delete(sequence);
      }
      pool = pool.filter((cell) => cell.sequences.size > 0);
    },
    save: (sequence) =>
      encoder.encode(JSON.stringify(tokensOf(sequence).map(({ token, position }) => ({ token, position })))),
    restore(sequence, state) {
      // Safe: written by `save` above.
      const saved = JSON.parse(decoderOfText.decode(state)) as Pick<Cell, 'token' | 'position'>[];
      if (saved.length + (canShare ? pool.length : tokensOf(sequence).length) > cellsOfOne) return false;
      pool.push(...saved.map((cell) => ({ ...cell, sequences: new Set([sequence]) })));
      return true;
    },
    sampler() {
      let isFree = false;
      return {
        get isFree() {
          return isFree;
        },
        sample(place): Sampled {
          const token = outputs.get(place);
          if (token === undefined || isFree) throw new Error(`no output at place ${place}`);
          return { kind: 'token', token };
        },
        free() {
          isFree = true;
        },
      };
    },
  };
};

/** What the model without a model answers after these tokens. */
export const answerTo = (tokens: readonly number[]): number =>
  tokens.reduce((hash, token) => (Math.imul(hash, 31) + token + 7) % 10_007, 1);

/** The whole answer to a prompt, computed without any pool. */
export const answerOf = (prompt: readonly number[], length: number, answer = answerTo): number[] => {
  const tokens = [...prompt];
  for (let count = 0; count < length; count += 1) tokens.push(answer(tokens));
  return tokens.slice(prompt.length);
};
