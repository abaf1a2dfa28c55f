import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';

/** `llama_token_data`: token, logit, probability, four bytes each. */
const WORDS = 3;

/** The whole vocabulary as a list of candidates, for what a chain of samplers cannot do by itself. */
export interface Candidates {
  /** Whether a sampler that only refuses, such as a grammar, lets this token pass. */
  allows(sampler: Pointer, token: number): boolean;
  /** Takes all tokens with these logits. */
  fill(logits: Pointer): void;
  apply(sampler: Pointer): void;
  /** True when every token was refused. */
  isEmpty(): boolean;
  /** Lets a chain that ends in a choice choose. */
  choose(chain: Pointer): number;
}

/** One list, reused for every choice. */
export const createCandidates = ({ api, memory }: Native, size: number): Candidates => {
  const all = createList(size);
  const single = createList(1);

  const apply = (list: List, sampler: Pointer): Uint8Array => {
    const array = memory.struct('TokenDataArray', {
      data: memory.addressOf(list.tokens),
      size: list.tokens.length / WORDS,
      selected: -1,
      sorted: false,
    });
    api.llama_sampler_apply(sampler, array);
    return array;
  };

  const put = (list: List, index: number, token: number, logit: number): void => {
    list.tokens[index * WORDS] = token;
    list.numbers[index * WORDS + 1] = logit;
    list.numbers[index * WORDS + 2] = 0;
  };

  return {
    allows(sampler, token) {
      put(single, 0, token, 1);
      apply(single, sampler);
      return single.numbers[1] !== Number.NEGATIVE_INFINITY;
    },
    fill(logits) {
      for (const [token, logit] of memory.floats(logits, size).entries()) put(all, token, token, logit);
    },
    apply: (sampler) => void apply(all, sampler),
    isEmpty() {
      for (let index = 0; index < size; index += 1) {
        if (Number.isFinite(all.numbers[index * WORDS + 1])) return false;
      }
      return true;
    },
    choose(chain) {
      const array = apply(all, chain);
      const selected = Number(memory.field('TokenDataArray', array, 'selected'));
      const data = memory.field('TokenDataArray', array, 'data');
      const count = Number(memory.field('TokenDataArray', array, 'size'));
      if (typeof data !== 'bigint' || selected < 0 || selected >= count)
        throw new RangeError('the sampler chose nothing');
      return memory.int32s(data + BigInt(selected * WORDS * 4), 1)[0] ?? 0;
    },
  };
};

/** The same bytes as whole numbers and as fractions. */
interface List {
  readonly tokens: Int32Array;
  readonly numbers: Float32Array;
}

const createList = (size: number): List => {
  const buffer = new ArrayBuffer(size * WORDS * 4);
  return { tokens: new Int32Array(buffer), numbers: new Float32Array(buffer) };
};
