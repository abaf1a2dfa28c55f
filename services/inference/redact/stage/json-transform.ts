import type { TextTransform } from './text-transform.ts';

/** Makes the transform of one value; `key` is the name it stands under, empty: none. */
export type MakeValueTransform = (key: string) => TextTransform;

interface Options {
  /** For each string and number of the document. */
  readonly value: MakeValueTransform;
  /** For text that proves to be no JSON, from there on. */
  readonly plain: () => TextTransform;
}

/**
 * Changes the values of a JSON text that comes in pieces and keeps it JSON: escapes are read before a value is looked at
 * and written after, and a number that was changed becomes a string. What is no JSON is changed as plain text.
 */
export const jsonTransform = (options: Options): TextTransform => new JsonTransform(options);

/** One object or array that is open. */
interface Level {
  readonly isObject: boolean;
  /** In an object: whether the next string is a name. */
  expectsKey: boolean;
  key: string;
}

type Mode = 'start' | 'structure' | 'string' | 'literal' | 'plain';

const SPACE = ' \n\r\t';
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const LITERAL_CHARACTERS = /[-+.\w]/;
const MAX_LITERAL = 400;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

const escapeText = (text: string): string => JSON.stringify(text).slice(1, -1);

class JsonTransform implements TextTransform {
  readonly #options: Options;
  readonly #levels: Level[] = [];
  #mode: Mode = 'start';
  #out = '';
  /** Of the string that is open: what was read and not yet pushed, and the escape that is incomplete. */
  #run = '';
  #escape = '';
  #transform: TextTransform | undefined;
  #name = '';
  #literal = '';

  constructor(options: Options) {
    this.#options = options;
  }

  get held(): number {
    return (this.#transform?.held ?? 0) + this.#escape.length + this.#literal.length + this.#name.length;
  }

  push(piece: string): string {
    for (let index = 0; index < piece.length; ) index = this.#read(piece, index);
    this.#pushRun();
    return this.#take();
  }

  end(): string {
    if (this.#mode === 'literal') this.#endLiteral();
    if (this.#mode === 'string') this.#endOpenString();
    if (this.#mode === 'plain') this.#out += this.#transform?.end() ?? '';
    this.#transform = undefined;
    return this.#take();
  }

  #take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  /** Reads from `index` on and answers where it stopped. */
  #read(piece: string, index: number): number {
    switch (this.#mode) {
      case 'plain':
        this.#out += this.#transform?.push(piece.slice(index)) ?? '';
        return piece.length;
      case 'string':
        return this.#readString(piece, index);
      case 'literal':
        return this.#readLiteral(piece, index);
      case 'start':
      case 'structure':
        return this.#readStructure(piece, index);
    }
  }

  #readStructure(piece: string, index: number): number {
    const character = piece.charAt(index);
    if (SPACE.includes(character)) return this.#pass(character, index);
    const level = this.#levels.at(-1);
    if (character === '{' || character === '[') {
      if (level === undefined && this.#mode !== 'start') return this.#goPlain(index);
      this.#mode = 'structure';
      const isObject = character === '{';
      this.#levels.push({ isObject, expectsKey: isObject, key: this.#keyOf(level) });
      return this.#pass(character, index);
    }
    // A document is an object or a list: what stands beside or after it is read as text.
    if (level === undefined) return this.#goPlain(index);
    if (character === '}' || character === ']') {
      this.#levels.pop();
      return this.#pass(character, index);
    }
    if (character === ',') level.expectsKey = level.isObject;
    if (character === ',' || character === ':') return this.#pass(character, index);
    if (character === '"') return this.#beginString(level, index);
    if (level.expectsKey || !LITERAL_CHARACTERS.test(character)) return this.#goPlain(index);
    this.#mode = 'literal';
    return index;
  }

  #pass(character: string, index: number): number {
    this.#out += character;
    return index + 1;
  }

  #keyOf(level: Level | undefined): string {
    return level?.key ?? '';
  }

  #goPlain(index: number): number {
    this.#mode = 'plain';
    this.#transform = this.#options.plain();
    return index;
  }

  #beginString(level: Level, index: number): number {
    this.#mode = 'string';
    this.#out += '"';
    if (!level.expectsKey) this.#transform = this.#options.value(level.key);
    return index + 1;
  }

  #readString(piece: string, start: number): number {
    if (this.#escape !== '') return this.#readEscape(piece, start);
    let index = start;
    for (; index < piece.length; index += 1) {
      const code = piece.charCodeAt(index);
      if (code === 0x22 || code === 0x5c) break;
    }
    this.#run += piece.slice(start, index);
    if (index === piece.length) return index;
    if (piece.charAt(index) === '\\') this.#escape = '\\';
    else this.#endString();
    return index + 1;
  }

  #readEscape(piece: string, index: number): number {
    this.#escape += piece.charAt(index);
    const kind = this.#escape.charAt(1);
    if (kind === 'u' && this.#escape.length < 6) return index + 1;
    const code = kind === 'u' ? Number.parseInt(this.#escape.slice(2), 16) : Number.NaN;
    this.#run +=
      kind === 'u' && !Number.isNaN(code) ? String.fromCharCode(code) : (SIMPLE_ESCAPES[kind] ?? this.#escape);
    this.#escape = '';
    return index + 1;
  }

  /** Hands on what was read of the string that is open. */
  #pushRun(): void {
    if (this.#run === '') return;
    if (this.#transform === undefined) this.#name += this.#run;
    else this.#out += escapeText(this.#transform.push(this.#run));
    this.#run = '';
  }

  #endString(): void {
    this.#endOpenString();
    this.#out += '"';
    this.#mode = 'structure';
  }

  #endOpenString(): void {
    this.#pushRun();
    const level = this.#levels.at(-1);
    if (this.#transform !== undefined) this.#out += escapeText(this.#transform.end());
    else if (level !== undefined) {
      level.expectsKey = false;
      const transform = this.#options.value('');
      const name = transform.push(this.#name) + transform.end();
      // A name that is private itself tells nothing about its value.
      level.key = name === this.#name ? name : '';
      this.#out += escapeText(name);
    }
    this.#transform = undefined;
    this.#name = '';
  }

  /** A number is passed on when what comes after it proves it one: `[138 1234]` is a list of nothing. */
  #readLiteral(piece: string, start: number): number {
    const rest = /^[-+.\w]*[ \n\r\t]*/.exec(piece.slice(start))?.[0] ?? '';
    const isSplit = this.#literal.trimEnd() !== this.#literal && LITERAL_CHARACTERS.test(rest);
    this.#literal += rest;
    const index = start + rest.length;
    if (isSplit || this.#literal.length > MAX_LITERAL) return this.#breakLiteral(index);
    if (index === piece.length) return index;
    if (!',]}'.includes(piece.charAt(index))) return this.#breakLiteral(index);
    this.#endLiteral();
    return index;
  }

  #breakLiteral(index: number): number {
    const text = this.#literal;
    this.#literal = '';
    this.#goPlain(index);
    this.#out += this.#transform?.push(text) ?? '';
    return index;
  }

  #endLiteral(): void {
    const literal = this.#literal.trimEnd();
    if (!LITERAL.test(literal)) return void this.#breakLiteral(0);
    const space = this.#literal.slice(literal.length);
    this.#literal = '';
    this.#mode = 'structure';
    const transform = this.#options.value(this.#keyOf(this.#levels.at(-1)));
    const changed = transform.push(literal) + transform.end();
    this.#out += (changed === literal ? literal : JSON.stringify(changed)) + space;
  }
}
