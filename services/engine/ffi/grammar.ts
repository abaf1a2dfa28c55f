import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Candidates } from './candidates.ts';
import { checkGbnf } from './gbnf.ts';
import type { Native } from './native.ts';
import type { Vocabulary } from './vocabulary.ts';

const ROOT_RULE = 'root';

/** Holds the tokens of one answer to a grammar. */
export interface Grammar {
  /** The token if the grammar lets it pass, else the best choice among those it does; `undefined`: there is none. */
  obey(token: number, logits: () => Float32Array, choose: (candidates: Candidates) => number): number | undefined;
  /** A token that passed. */
  accept(token: number): void;
  free(): void;
}

/** Compiles a grammar; throws ERR_ENGINE_GRAMMAR when it is none. */
export const createGrammar = (
  { api }: Native,
  vocabulary: Vocabulary,
  candidates: Candidates,
  gbnf: string,
): Grammar => {
  checkGbnf(gbnf);
  const rules = api.llama_sampler_init_grammar(vocabulary.pointer, gbnf, ROOT_RULE);
  if (rules === null) {
    throw new ServiceError('ERR_ENGINE_GRAMMAR', 'responseFormat: expected a grammar without left recursion');
  }
  return {
    obey(token, logits, choose) {
      // All of the vocabulary is held against the grammar only where it refuses what would have been chosen.
      if (candidates.allows(rules, token)) return token;
      candidates.fill(logits());
      candidates.apply(rules);
      return candidates.dropRefused() === 0 ? undefined : choose(candidates);
    },
    // llama.cpp ends the process over a token that its grammar does not allow: only those that passed come here.
    accept: (token) => api.llama_sampler_accept(rules, token),
    free: () => api.llama_sampler_free(rules),
  };
};
