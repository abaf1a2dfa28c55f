import type { Llama, LlamaGrammar } from 'node-llama-cpp';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { ResponseFormat } from '../protocol/generation.ts';
import { toGrammarSchema } from './schema-subset.ts';

const REMEMBERED = 64;

/** Turns response formats into grammars; remembers the last ones, because clients send the same schema again and again. */
export const createGrammars = (llama: Llama) => {
  const known = new Map<string, Promise<LlamaGrammar>>();

  return async (format: ResponseFormat): Promise<LlamaGrammar | undefined> => {
    if (format.type === 'text') return undefined;
    const key = format.type === 'json_object' ? '' : JSON.stringify(format.schema);
    const grammar = known.get(key) ?? buildGrammar(llama, format);
    // Back to the end of the line: the first key of a Map is the one asked for longest ago.
    known.delete(key);
    known.set(key, grammar);
    const oldest = known.keys().next();
    if (known.size > REMEMBERED && !oldest.done) known.delete(oldest.value);
    return grammar.catch((error: unknown) => {
      known.delete(key);
      throw error;
    });
  };
};

const buildGrammar = async (llama: Llama, format: Exclude<ResponseFormat, { type: 'text' }>): Promise<LlamaGrammar> => {
  if (format.type === 'json_object') return llama.createGrammar({ grammar: JSON_OBJECT });
  const schema = toGrammarSchema(format.schema);
  try {
    // Safe: the subset was checked; the type of the library describes literal schemas, not ones that arrive at run time.
    return await llama.createGrammarForJsonSchema(schema as { readonly type: 'object' });
  } catch (cause) {
    throw new ServiceError('ERR_ENGINE_GRAMMAR', 'responseFormat.schema: expected a schema that makes a grammar', {
      cause,
    });
  }
};

/** Any JSON object. Unlike the grammar that ships with llama.cpp, white space is bounded: small models get lost in it. */
export const JSON_OBJECT = String.raw`root ::= object
value ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" ws ( pair ("," ws pair)* )? "}"
pair ::= string ":" ws value ws
array ::= "[" ws ( value ws ("," ws value ws)* )? "]"
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt/] | "u" [0-9a-fA-F]{4}) )* "\""
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?
ws ::= | " " | "\n" [ \t]{0,20}
`;
