import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Sampled, Sampler } from '../loop/decoder.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How the tokens of one answer are chosen. */
export interface Sampling {
  /** 0: always the likeliest. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly seed: number;
  /** GBNF; `undefined`: any text. */
  readonly grammar: string | undefined;
}

export interface SamplersOptions {
  readonly native: Native;
  readonly context: Pointer;
  readonly vocabulary: Vocabulary;
  readonly hasOutput: (place: number) => boolean;
}

/** llama.cpp takes this seed for "pick one". */
const RANDOM_SEED = 0xffff_ffff;
const LEAST_KEPT = 1;
const ROOT_RULE = 'root';

/** Makes the samplers of one context. */
export const createSamplers = (options: SamplersOptions): ((sampling: Sampling) => Sampler) => {
  const candidates = createCandidates(options.native, options.vocabulary.size);
  return (sampling) => createSampler(options, candidates, sampling);
};

const createSampler = (
  { native, context, vocabulary, hasOutput }: SamplersOptions,
  candidates: Candidates,
  sampling: Sampling,
): Sampler => {
  const { api, memory } = native;
  const grammar = sampling.grammar === undefined ? undefined : createGrammar(native, vocabulary, sampling.grammar);
  const chain = createChain(native, sampling);
  let isFree = false;

  /** Only where the grammar refuses what would have been chosen is all of the vocabulary held against it. */
  const obey = (rules: Pointer, token: number, logits: Pointer): number | undefined => {
    if (candidates.allows(rules, token)) return token;
    candidates.fill(logits);
    candidates.apply(rules);
    return candidates.isEmpty() ? undefined : candidates.choose(chain);
  };

  return {
    sample(place): Sampled {
      if (isFree || !hasOutput(place)) throw new RangeError(`sampler: expected an output at place ${place}`);
      const logits = api.llama_get_logits_ith(context, place);
      if (logits === null) return { kind: 'impossible', reason: 'logits' };
      const likely = api.llama_sampler_sample(chain, context, place);
      if (!Number.isFinite(memory.float(logits + BigInt(likely * 4)))) return { kind: 'impossible', reason: 'logits' };
      const token = grammar === undefined ? likely : obey(grammar, likely, logits);
      if (token === undefined) return { kind: 'impossible', reason: 'grammar' };
      if (vocabulary.endsAnswer(token)) return { kind: 'end' };
      if (grammar !== undefined) api.llama_sampler_accept(grammar, token);
      return { kind: 'token', token };
    },
    free() {
      if (isFree) return;
      isFree = true;
      api.llama_sampler_free(chain);
      if (grammar !== undefined) api.llama_sampler_free(grammar);
    },
  };
};

const createGrammar = ({ api }: Native, vocabulary: Vocabulary, grammar: string): Pointer => {
  const sampler = api.llama_sampler_init_grammar(vocabulary.pointer, grammar, ROOT_RULE);
  if (sampler !== null) return sampler;
  throw new ServiceError('ERR_ENGINE_GRAMMAR', 'responseFormat: expected a schema that makes a grammar');
};

const createChain = ({ api }: Native, { temperature, topK, topP, minP, seed }: Sampling): Pointer => {
  const chain = api.llama_sampler_chain_init({ ...api.llama_sampler_chain_default_params(), no_perf: true });
  if (chain === null) throw new TypeError('llama.cpp made no sampler');
  const links =
    temperature <= 0
      ? [api.llama_sampler_init_greedy()]
      : [
          api.llama_sampler_init_top_k(topK),
          api.llama_sampler_init_top_p(topP, LEAST_KEPT),
          api.llama_sampler_init_min_p(minP, LEAST_KEPT),
          api.llama_sampler_init_temp(temperature),
          api.llama_sampler_init_dist(toSeed(seed)),
        ];
  for (const link of links) api.llama_sampler_chain_add(chain, link);
  return chain;
};

const toSeed = (seed: number): number => {
  const wrapped = Number(BigInt.asUintN(32, BigInt(Math.trunc(seed))));
  return wrapped === RANDOM_SEED ? 0 : wrapped;
};
