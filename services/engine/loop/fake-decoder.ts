import type { BatchToken, DecodeOutcome, Decoder, Sampled, Sampler } from './decoder.ts';

export interface FakeDecoder extends Decoder {
  /** The batches so far, as sequence and token. */
  readonly batches: readonly (readonly BatchToken[])[];
  readonly usedCells: number;
  /** What the next batches come to; `done` when nothing was said. */
  readonly outcomes: ((batch: readonly BatchToken[]) => DecodeOutcome)[];
  sampler(): Sampler & { readonly isFree: boolean };
}

interface Cell {
  readonly token: number;
  readonly position: number;
  readonly sequences: Set<number>;
}

/**
 * A pool of cells without a model, as strict as llama.cpp: positions without gaps, no more cells than there are. Its
 * "model" answers with a number made of all tokens before, so that a wrong or lost cell changes every answer after it.
 */
export const createFakeDecoder = ({ cells = 64, batchTokens = 32, sequences = 16 } = {}): FakeDecoder => {
  let pool: Cell[] = [];
  let batch: BatchToken[] = [];
  let outputs = new Map<number, number>();
  const batches: BatchToken[][] = [];
  const outcomes: FakeDecoder['outcomes'] = [];

  const tokensOf = (sequence: number): Cell[] =>
    pool.filter((cell) => cell.sequences.has(sequence)).sort((one, other) => one.position - other.position);

  const decode = (): DecodeOutcome => {
    const outcome = outcomes.shift()?.(batch) ?? (pool.length + batch.length > cells ? 'full' : 'done');
    if (outcome === 'done') commit();
    batch = [];
    return outcome;
  };

  const commit = (): void => {
    outputs = new Map();
    batches.push(batch);
    for (const [place, { token, position, sequence, isSampled }] of batch.entries()) {
      const before = tokensOf(sequence);
      if (position !== before.length || before.some((cell, at) => cell.position !== at)) {
        throw new Error(`sequence ${sequence}: position ${position} after ${before.map((cell) => cell.position)}`);
      }
      pool.push({ token, position, sequences: new Set([sequence]) });
      if (isSampled) outputs.set(place, answerTo([...before.map((cell) => cell.token), token]));
    }
  };

  return {
    batchTokens,
    cells,
    sequences,
    canShare: true,
    batches,
    outcomes,
    get usedCells() {
      return pool.length;
    },
    add(token) {
      batch.push(token);
      return batch.length - 1;
    },
    useThreads: () => {},
    decode,
    copy(from, to, start, end) {
      for (const cell of tokensOf(from)) if (cell.position >= start && cell.position < end) cell.sequences.add(to);
    },
    remove(sequence, start, end = Number.POSITIVE_INFINITY) {
      for (const cell of tokensOf(sequence)) {
        if (cell.position >= start && cell.position < end) cell.sequences.delete(sequence);
      }
      pool = pool.filter((cell) => cell.sequences.size > 0);
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
export const answerOf = (prompt: readonly number[], length: number): number[] => {
  const tokens = [...prompt];
  for (let count = 0; count < length; count += 1) tokens.push(answerTo(tokens));
  return tokens.slice(prompt.length);
};
