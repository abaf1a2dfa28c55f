import type { Sampled, Sampler } from '../loop/decoder.ts';
import type { FineSampling } from '../protocol/generation.ts';
import { createAdjustments } from './adjustments.ts';
import { type Argmax, createArgmax } from './argmax.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createGrammar } from './grammar.ts';
import { type DescribeLikelihood, readLikelihoods } from './likelihoods.ts';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How the tokens of one answer are chosen. */
export interface Sampling extends Omit<FineSampling, 'topK' | 'minP'> {
  /** 0: always the likeliest. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly seed: number;
  /** GBNF; `undefined`: any text. */
  readonly grammar: string | undefined;
  readonly prompt: readonly number[];
}

export interface SamplersOptions {
  readonly native: Native;
  readonly context: Pointer;
  readonly vocabulary: Vocabulary;
  readonly hasOutput: (place: number) => boolean;
}

export interface Samplers {
  create(sampling: Sampling): Sampler;
  free(): void;
}

/** llama.cpp takes this seed for "pick one". */
const RANDOM_SEED = 0xffff_ffff;
const LEAST_KEPT = 1;
/** Below it, dividing by the temperature would leave the range of the numbers. */
const LEAST_TEMPERATURE = 1e-6;
/** Far more than a context has outputs. */
const MOST_VIEWS = 4096;
/** So many of the best llama.cpp picks out without sorting the rest. */
const MOST_PARTLY_SORTED = 128;

/** What all samplers of one context use. */
interface Shared extends SamplersOptions {
  readonly candidates: Candidates;
  /** Chooses the likeliest of a list of candidates; it has no state, so that one will do for all. */
  readonly greedy: Pointer;
  readonly argmax: Argmax;
  /** The logits at an address; the same view each time, for making one costs more than reading through it. */
  readonly logitsAt: (at: Pointer) => Float32Array;
}

/** Makes the samplers of one context. */
export const createSamplers = (options: SamplersOptions): Samplers => {
  const { native, vocabulary } = options;
  const greedy = createChain(native, [native.api.llama_sampler_init_greedy()]);
  const candidates = createCandidates(native, vocabulary.size);
  const argmax = createArgmax(vocabulary.size);
  const logitsAt = keepViews((at) => native.memory.floats(at, vocabulary.size));
  return {
    create: (sampling) => createSampler({ ...options, candidates, greedy, argmax, logitsAt }, sampling),
    free: () => native.api.llama_sampler_free(greedy),
  };
};

const createSampler = (shared: Shared, sampling: Sampling): Sampler => {
  const { native, context, vocabulary, hasOutput, candidates, argmax, logitsAt } = shared;
  const { api } = native;
  // Both may refuse the request: before a chain is made that would have to be freed.
  const adjustments = createAdjustments(sampling, vocabulary.size);
  const grammar =
    sampling.grammar === undefined ? undefined : createGrammar(native, vocabulary, candidates, sampling.grammar);
  const random = isRandom(sampling) ? createRandomChain(native, sampling) : undefined;
  const chain = random ?? shared.greedy;
  const needsAll = adjustments !== undefined || sampling.logprobs !== undefined || sortsAll(sampling);
  let isFree = false;

  /** What looks at, or changes, the logits before the choice; false where one of them is no number. */
  const prepare = (logits: Float32Array): DescribeLikelihood | undefined | false => {
    if (hasNaN(logits)) return false;
    const { logprobs } = sampling;
    const describe = logprobs === undefined ? undefined : readLikelihoods(logits, logprobs, vocabulary.name);
    adjustments?.apply(logits);
    return describe;
  };

  const likeliest = (logits: Float32Array, place: number): number | undefined => {
    if (random === undefined) return argmax(logits);
    const chosen = api.llama_sampler_sample(random, context, place);
    return Number.isFinite(logits[chosen]) ? chosen : undefined;
  };

  const sample = (place: number): Sampled => {
    if (isFree || !hasOutput(place)) throw new RangeError(`sampler: expected an output at place ${place}`);
    const at = api.llama_get_logits_ith(context, place);
    if (at === null) return { kind: 'impossible', reason: 'logits' };
    const logits = logitsAt(at);
    const describe = needsAll ? prepare(logits) : undefined;
    const likely = describe === false ? undefined : likeliest(logits, place);
    if (likely === undefined || describe === false) return { kind: 'impossible', reason: 'logits' };
    const token =
      grammar === undefined
        ? likely
        : grammar.obey(
            likely,
            () => logits,
            (left) => left.choose(chain),
          );
    if (token === undefined) return { kind: 'impossible', reason: 'grammar' };
    if (vocabulary.endsAnswer(token)) return { kind: 'end' };
    grammar?.accept(token);
    adjustments?.accept(token);
    return describe === undefined ? { kind: 'token', token } : { kind: 'token', token, logprob: describe(token) };
  };

  return {
    sample,
    free() {
      if (isFree) return;
      isFree = true;
      if (random !== undefined) api.llama_sampler_free(random);
      grammar?.free();
    },
  };
};

/** The library keeps its outputs in one place; an address that it gives is valid, whatever was there before. */
const keepViews = (view: (at: Pointer) => Float32Array): ((at: Pointer) => Float32Array) => {
  const views = new Map<Pointer, Float32Array>();
  return (at) => {
    const known = views.get(at);
    if (known !== undefined) return known;
    if (views.size >= MOST_VIEWS) views.clear();
    const made = view(at);
    views.set(at, made);
    return made;
  };
};

const isRandom = ({ temperature }: Sampling): boolean => temperature >= LEAST_TEMPERATURE;

/** Whether more is sorted than the few best; the library's way to sort many reads past the end over a NaN. */
const sortsAll = (sampling: Sampling): boolean =>
  isRandom(sampling) && (sampling.topK < 1 || sampling.topK > MOST_PARTLY_SORTED);

const hasNaN = (logits: Float32Array): boolean => {
  for (let index = 0; index < logits.length; index += 1) if (Number.isNaN(logits[index])) return true;
  return false;
};

const createRandomChain = (native: Native, { temperature, topK, topP, minP, seed }: Sampling): Pointer => {
  const { api } = native;
  return createChain(native, [
    api.llama_sampler_init_top_k(topK),
    api.llama_sampler_init_top_p(topP, LEAST_KEPT),
    api.llama_sampler_init_min_p(minP, LEAST_KEPT),
    api.llama_sampler_init_temp(temperature),
    api.llama_sampler_init_dist(toSeed(seed)),
  ]);
};

const createChain = ({ api }: Native, links: readonly (Pointer | null)[]): Pointer => {
  const chain = api.llama_sampler_chain_init({ ...api.llama_sampler_chain_default_params(), no_perf: true });
  if (chain === null) throw new TypeError('llama.cpp made no sampler');
  for (const link of links) api.llama_sampler_chain_add(chain, link);
  return chain;
};

const TWO_32 = 0x1_0000_0000;

/** The sampler takes 32 bits; every bit of a larger seed counts. */
const toSeed = (seed: number): number => {
  const wanted = Math.trunc(seed);
  const folded = ((wanted % TWO_32) ^ Math.floor(wanted / TWO_32)) >>> 0;
  return folded === RANDOM_SEED ? 0 : folded;
};
