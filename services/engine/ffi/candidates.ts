import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';

/** `llama_token_data`: token, logit, probability, four bytes each. */
const WORDS = 3;

/** The whole vocabulary as a list of candidates, for what a chain of samplers cannot do by itself. */
export interface Candidates {
  /** Whether a sampler that only refuses, such as a grammar, lets this token pass. */
  allows(sampler: Pointer, token: number): boolean;
  /** Takes all tokens with these logits. */
  fill(logits: Float32Array): void;
  apply(sampler: Pointer): void;
  /** Leaves out every token that was refused, or has no number for a logit; says how many are left. */
  dropRefused(): number;
  /** Lets a chain that ends in a choice choose from what is left, which must not be nothing. */
  choose(chain: Pointer): number;
}

/** One list, reused for every choice. */
export const createCandidates = ({ api, memory }: Native, size: number): Candidates => {
  const all = createList(size);
  const single = createList(1);

  const apply = (list: List, sampler: Pointer): Uint8Array => {
    const array = memory.struct('TokenDataArray', {
      data: memory.addressOf(list.tokens),
      size: list.count,
      selected: -1,
      sorted: false,
    });
    api.llama_sampler_apply(sampler, array);
    return array;
  };

  return {
    allows(sampler, token) {
      put(single, 0, token, 1);
      apply(single, sampler);
      return single.numbers[1] !== Number.NEGATIVE_INFINITY;
    },
    fill(logits) {
      all.count = size;
      for (let token = 0; token < size; token += 1) put(all, token, token, logits[token] ?? Number.NaN);
    },
    apply: (sampler) => void apply(all, sampler),
    dropRefused() {
      let kept = 0;
      for (let index = 0; index < all.count; index += 1) {
        const logit = all.numbers[index * WORDS + 1] ?? Number.NaN;
        if (!Number.isFinite(logit)) continue;
        put(all, kept, all.tokens[index * WORDS] ?? 0, logit);
        kept += 1;
      }
      all.count = kept;
      return kept;
    },
    choose(chain) {
      if (all.count === 0) throw new RangeError('sampler: expected candidates, got none');
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
  count: number;
}

const createList = (size: number): List => {
  const buffer = new ArrayBuffer(size * WORDS * 4);
  return { tokens: new Int32Array(buffer), numbers: new Float32Array(buffer), count: size };
};

const put = ({ tokens, numbers }: List, index: number, token: number, logit: number): void => {
  tokens[index * WORDS] = token;
  numbers[index * WORDS + 1] = logit;
  numbers[index * WORDS + 2] = 0;
};
