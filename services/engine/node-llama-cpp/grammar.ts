import type { Llama, LlamaGrammar } from 'node-llama-cpp';

const REMEMBERED = 64;

/** Compiles grammars; remembers the last ones, because clients send the same schema again and again. */
export const createGrammars = (llama: Llama) => {
  const known = new Map<string, Promise<LlamaGrammar>>();

  return async (gbnf: string | undefined): Promise<LlamaGrammar | undefined> => {
    if (gbnf === undefined) return undefined;
    const grammar = known.get(gbnf) ?? llama.createGrammar({ grammar: gbnf });
    // Back to the end of the line: the first key of a Map is the one asked for longest ago.
    known.delete(gbnf);
    known.set(gbnf, grammar);
    const oldest = known.keys().next();
    if (known.size > REMEMBERED && !oldest.done) known.delete(oldest.value);
    return grammar.catch((error: unknown) => {
      known.delete(gbnf);
      throw error;
    });
  };
};
