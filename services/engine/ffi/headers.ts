/** What the headers of one llama.cpp say of its C API, as far as the tables of this folder need it. */
export interface Headers {
  /** Fields of a struct in their order, with their types in the words of `structs.ts`; `undefined`: there is none. */
  structOf(name: string): ReadonlyMap<string, string> | undefined;
  /** Result and parameters of a function. */
  functionOf(name: string): { readonly result: string; readonly takes: readonly string[] } | undefined;
}

const PLAIN: Readonly<Record<string, string>> = {
  void: 'void',
  bool: 'bool',
  float: 'float',
  int: 'int32',
  int32_t: 'int32',
  int64_t: 'int64',
  uint32_t: 'uint32',
  uint64_t: 'uint64',
  size_t: 'size_t',
};

/** The words of `structs.ts` for the structs of the C API. */
export const STRUCT_NAMES: Readonly<Record<string, string>> = {
  llama_model_params: 'ModelParams',
  llama_context_params: 'ContextParams',
  llama_batch: 'Batch',
  llama_model_quantize_params: 'QuantizeParams',
  llama_sampler_chain_params: 'ChainParams',
  ggml_threadpool_params: 'ThreadpoolParams',
  llama_token_data_array: 'TokenDataArray',
};

const DECLARATION = /\b(?:LLAMA|GGML|GGML_BACKEND)_API\s+([\w\s*]+?)\s*\b(\w+)\s*\(([^()]*)\)\s*;/g;

/** Reads C headers; not a compiler, but enough for the plain declarations llama.cpp makes. */
export const readHeaders = (sources: readonly string[]): Headers => {
  const text = sources.map(withoutComments).join('\n');
  const constants = new Map(
    [...text.matchAll(/^\s*#\s*define\s+(\w+)\s+(\d+)\s*$/gm)].map(([, name, value]) => [name, value]),
  );
  const aliases = aliasesOf(text);

  const typeOf = (declared: string): string => {
    const type = declared
      .replace(/\b(?:const|struct|GGML_RESTRICT)\b/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    if (/^char \*$/.test(type)) return 'str';
    if (type.includes('*') || aliases.get(type) === '*') return 'void*';
    if (/^enum \w+$/.test(type)) return 'int32';
    return PLAIN[aliases.get(type) ?? type] ?? STRUCT_NAMES[type] ?? `? ${type}`;
  };

  const fieldOf = (line: string): [string, string] | undefined => {
    const [, type, name, size] = /^(.*?[\s*])(\w+)\s*(?:\[(\w+)\])?$/s.exec(line.trim()) ?? [];
    if (type === undefined || name === undefined) return undefined;
    const word = typeOf(type);
    // A text inside a struct is an address like any other.
    const plain = word === 'str' ? 'void*' : word;
    return [name, size === undefined ? plain : `${plain}[${constants.get(size) ?? size}]`];
  };

  const functions = new Map(
    [...text.matchAll(DECLARATION)].map(([, result = '', name = '', list = '']) => {
      const takes =
        list.trim() === '' || list.trim() === 'void'
          ? []
          : list.split(',').map((parameter) => typeOf(withoutName(parameter)));
      return [name, { result: typeOf(result), takes }] as const;
    }),
  );

  return {
    structOf(name) {
      const body = new RegExp(String.raw`\bstruct\s+${name}\s*\{([^{}]*)\}`).exec(text)?.[1];
      if (body === undefined) return undefined;
      return new Map(body.split(';').flatMap((line) => [fieldOf(line)].filter((field) => field !== undefined)));
    },
    functionOf: (name) => functions.get(name),
  };
};

/** Names for other types: the type, or `*` where it is an address or a function. */
const aliasesOf = (text: string): ReadonlyMap<string, string> => {
  const aliases = new Map<string, string>();
  for (const [, , name = ''] of text.matchAll(/\btypedef\s+([\w\s]+\*)\s*(\w+)\s*;/g)) aliases.set(name, '*');
  for (const [, name = ''] of text.matchAll(/\btypedef\s+[\w\s*]+\(\s*\*\s*(\w+)\s*\)/g)) aliases.set(name, '*');
  for (const [, type = '', name = ''] of text.matchAll(/\btypedef\s+(\w+)\s+(\w+)\s*;/g)) aliases.set(name, type);
  return aliases;
};

const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/[^\n]*/g, ' ');

/** The type of a parameter; a type alone stays as it is. */
const withoutName = (parameter: string): string => {
  const words = parameter.replace(/\*/g, ' * ').trim().split(/\s+/);
  const types = words.filter((word) => !['const', 'struct', 'enum'].includes(word));
  const last = types.at(-1);
  return types.length > 1 && last !== '*' ? words.slice(0, -1).join(' ') : words.join(' ');
};
