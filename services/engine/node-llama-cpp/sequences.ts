import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';

export interface Sequences {
  /** The free sequence with the lowest number; throws when none is free. */
  take(): { readonly place: number; readonly sequence: LlamaContextSequence };
  giveBack(place: number): void;
  /** Tokens in the key-value memory of all sequences. */
  tokensHeld(): number;
}

/** The sequences of a context, created once. Low numbers first keeps those in use next to each other, which is faster. */
export const createSequences = (context: LlamaContext, count: number): Sequences => {
  const sequences = Array.from({ length: count }, () => context.getSequence());
  const isTaken = sequences.map(() => false);
  return {
    take() {
      const place = isTaken.indexOf(false);
      const sequence = sequences[place];
      if (sequence === undefined) throw new TypeError('more generations than sequences');
      isTaken[place] = true;
      return { place, sequence };
    },
    giveBack(place) {
      isTaken[place] = false;
    },
    tokensHeld: () => sequences.reduce((sum, sequence) => sum + sequence.nextTokenIndex, 0),
  };
};
