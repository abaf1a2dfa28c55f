import { promisify } from 'node:util';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';

/** Unknown and control tokens (`LLAMA_TOKEN_ATTR_…`): what a text of a user must never become. */
const UNKNOWN_OR_CONTROL = (1 << 0) | (1 << 3);
const USER_DEFINED = 1 << 4;
/** Vocabularies whose words carry the space before them as a character of their own (`LLAMA_VOCAB_TYPE_SPM`, `…_UGM`). */
const SPACED_TYPES: ReadonlySet<number> = new Set([1, 4]);
/** `LLAMA_VOCAB_TYPE_WPM`, which marks every text. */
const WORD_PIECES = 3;
const LONGEST_PIECE = 512;

/** The words of one model. */
export interface Vocabulary {
  readonly pointer: Pointer;
  readonly size: number;
  /** The token every prompt begins with, where the model wants one. */
  readonly beginning: number | undefined;
  /** What stands for an empty prompt. */
  readonly nothing: number;
  readonly bosText: string;
  readonly eosText: string;
  /** What stands before, between and after two texts that are judged together. */
  readonly pairMarks: { readonly first: number[]; readonly middle: number[]; readonly last: number[] };
  /** True where the first word of an answer comes with a space that belongs to no text. */
  readonly hasSpacedWords: boolean;
  /** `isControl`: names of control tokens count as such; otherwise they are text like any other. */
  tokenize(text: string, isControl: boolean): number[];
  /** The same with whatever the model wants at the beginning and the end of a text, as embeddings are made. */
  tokenizeWhole(text: string): number[];
  /** Both again, on another thread: a long text takes a second. The vocabulary must last until it is done. */
  tokenizeLater(text: string, how: { readonly isWhole?: boolean; readonly isControl?: boolean }): Promise<number[]>;
  /** The bytes of a token, which may be part of a character; none for control tokens. */
  piece(token: number): Uint8Array;
  /** The same for people: control tokens by their name. */
  name(token: number): Uint8Array;
  endsAnswer(token: number): boolean;
  /** What no text of a user must ever become. */
  readonly controlNames: readonly string[];
  /** What is one token in any text, although it counts as text. */
  readonly textNames: readonly string[];
}

/** Reads the vocabulary of a loaded model. */
export const createVocabulary = ({ api }: Native, pointer: Pointer): Vocabulary => {
  const size = api.llama_vocab_n_tokens(pointer);
  const isToken = (token: number): boolean => token >= 0 && token < size;
  const textOf = (token: number): string => (isToken(token) && api.llama_vocab_get_text(pointer, token)) || '';
  const bos = api.llama_vocab_bos(pointer);
  const eos = api.llama_vocab_eos(pointer);
  const buffer = new Uint8Array(LONGEST_PIECE);
  const hasMarks = canMarkTexts(api, pointer, isToken);
  const attributesOf = (token: number): number => api.llama_vocab_get_attr(pointer, token);
  const namesWith = (attributes: number): readonly string[] =>
    namesOf(size, textOf, (token) => (attributesOf(token) & attributes) !== 0);

  const tokenize = (bytes: Uint8Array, room: number, isWhole: boolean, isControl: boolean): number[] => {
    const tokens = new Int32Array(room);
    const count = api.llama_tokenize(pointer, bytes, bytes.length, tokens, room, isWhole, isControl);
    return count < 0 ? tokenize(bytes, -count, isWhole, isControl) : Array.from(tokens.subarray(0, count));
  };

  const run = promisify(api.llama_tokenize.async);
  const tokenizeLater = async (bytes: Uint8Array, room: number, isWhole: boolean, isControl: boolean) => {
    const tokens = new Int32Array(room);
    const count = Number(await run(pointer, bytes, bytes.length, tokens, room, isWhole, isControl));
    // No text has more tokens than there is room for.
    return Array.from(tokens.subarray(0, Math.max(0, count)));
  };

  const bytesOf = (token: number, isNamed: boolean): Uint8Array => {
    if (!isToken(token)) return new Uint8Array();
    const length = api.llama_token_to_piece(pointer, token, buffer, buffer.length, 0, isNamed);
    if (length >= 0) return buffer.slice(0, length);
    const longer = new Uint8Array(-length);
    api.llama_token_to_piece(pointer, token, longer, longer.length, 0, isNamed);
    return longer;
  };

  return {
    pointer,
    size,
    beginning: api.llama_vocab_get_add_bos(pointer) && isToken(bos) ? bos : undefined,
    nothing: [bos, eos].find(isToken) ?? 0,
    bosText: textOf(bos),
    eosText: textOf(eos),
    pairMarks: pairMarksOf(api, pointer, isToken),
    hasSpacedWords: SPACED_TYPES.has(api.llama_vocab_type(pointer)),
    tokenize: (text, isControl) => tokenize(Buffer.from(text), roomFor(text), false, isControl),
    tokenizeWhole: (text) => tokenize(Buffer.from(text), roomFor(text), hasMarks, false),
    tokenizeLater: (text, { isWhole = false, isControl = false }) =>
      tokenizeLater(Buffer.from(text), roomFor(text), isWhole && hasMarks, isControl),
    piece: remember(size, (token) => bytesOf(token, false)),
    name: (token) => bytesOf(token, true),
    endsAnswer: remember(size, (token) => isToken(token) && api.llama_vocab_is_eog(pointer, token)),
    controlNames: namesWith(UNKNOWN_OR_CONTROL),
    textNames: namesWith(USER_DEFINED),
  };
};

/** Asks the library once for each token: both are asked for every token of every answer. */
const remember = <Value>(size: number, read: (token: number) => Value): ((token: number) => Value) => {
  const known = new Array<Value | undefined>(size);
  return (token) => {
    const before = known[token];
    if (before !== undefined) return before;
    const value = read(token);
    if (token >= 0 && token < size) known[token] = value;
    return value;
  };
};

type IsToken = (token: number) => boolean;

/** The library ends the process where it is to add a mark that the vocabulary lacks. */
const canMarkTexts = (api: Native['api'], pointer: Pointer, isToken: IsToken): boolean => {
  const [bos, eos, sep] = [api.llama_vocab_bos(pointer), api.llama_vocab_eos(pointer), api.llama_vocab_sep(pointer)];
  if (api.llama_vocab_type(pointer) === WORD_PIECES) return isToken(bos) && isToken(sep);
  return (
    (isToken(bos) || !api.llama_vocab_get_add_bos(pointer)) && (isToken(eos) || !api.llama_vocab_get_add_eos(pointer))
  );
};

const pairMarksOf = (api: Native['api'], pointer: Pointer, isToken: IsToken): Vocabulary['pairMarks'] => {
  const sep = api.llama_vocab_sep(pointer);
  const eos = api.llama_vocab_eos(pointer);
  const mark = (isWanted: boolean, token: number): number[] => (isWanted && isToken(token) ? [token] : []);
  const end = mark(api.llama_vocab_get_add_eos(pointer), isToken(eos) ? eos : sep);
  return {
    first: mark(api.llama_vocab_get_add_bos(pointer), api.llama_vocab_bos(pointer)),
    middle: [...end, ...mark(api.llama_vocab_get_add_sep(pointer), sep)],
    last: end,
  };
};

/** No text has more tokens than bytes; two may be added around it. */
const roomFor = (text: string): number => Buffer.byteLength(text) + 2;

const namesOf = (
  size: number,
  textOf: (token: number) => string,
  isWanted: (token: number) => boolean,
): readonly string[] => {
  const names: string[] = [];
  for (let token = 0; token < size; token += 1) {
    if (!isWanted(token)) continue;
    const name = textOf(token);
    if (name !== '') names.push(name);
  }
  return names;
};
