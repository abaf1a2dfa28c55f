import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { JSON_OBJECT } from '../node-llama-cpp/grammar.ts';
import { toGrammarSchema } from '../node-llama-cpp/schema-subset.ts';
import type { ResponseFormat } from '../protocol/generation.ts';

/** Where node-llama-cpp keeps its generator, which needs no native code. The guard pins the version of the package. */
const GENERATOR = ['utils', 'gbnfJson', 'getGbnfGrammarForGbnfJsonSchema.js'];
const EXPORT = 'getGbnfGrammarForGbnfJsonSchema';

/** The grammar of a response format, in GBNF; `undefined` where any text will do. */
export type GrammarFor = (format: ResponseFormat) => string | undefined;

/** Loads the generator of grammars. */
export const loadGrammars = async (): Promise<GrammarFor> => {
  const generate = await loadGenerator();
  return (format) => {
    if (format.type === 'text') return undefined;
    if (format.type === 'json_object') return JSON_OBJECT;
    const schema = toGrammarSchema(format.schema);
    try {
      return generate(schema);
    } catch (cause) {
      throw new ServiceError('ERR_ENGINE_GRAMMAR', 'responseFormat.schema: expected a schema that makes a grammar', {
        cause,
      });
    }
  };
};

const loadGenerator = async (): Promise<(schema: unknown) => string> => {
  const entry = createRequire(import.meta.url).resolve('node-llama-cpp');
  const module: unknown = await import(pathToFileURL(join(dirname(entry), ...GENERATOR)).href);
  const generate: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, EXPORT) : undefined;
  if (typeof generate !== 'function') throw new TypeError('node-llama-cpp: expected its grammar generator');
  return (schema) => String(generate(schema));
};
