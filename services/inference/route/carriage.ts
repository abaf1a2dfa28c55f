import {
  type GenerationRequest,
  isRepeatable,
  type TokenDetails,
  type ToolCallDelta,
} from '../../engine/protocol/generation.ts';

/** Takes the tokens that a consumer is to see. */
export type Pass = (text: string, count: number, details?: TokenDetails) => void;

/** What is between an engine and the consumer of one generation, so that another engine can take its place. */
export interface Carriage {
  /** False: the engine that took over says something else than what was passed on already. */
  tokens(text: string, count: number, details: TokenDetails | undefined): boolean;
  /** False: as above. */
  finished(): boolean;
  /** Another engine begins anew; false: the consumer has seen what cannot be repeated. */
  restart(): boolean;
  /** Was anything passed on that a restart must repeat? */
  readonly hasBegun: boolean;
}

/** The carriage that fits a request. */
export const carriageFor = (request: GenerationRequest, pass: Pass): Carriage => {
  if (isRepeatable(request)) return createRepeated(pass);
  return request.isWhole === true ? createHeld(pass) : createPlain(pass);
};

/** A stream that goes another way every time: it can be moved until its first token. */
const createPlain = (pass: Pass): Carriage => {
  let hasBegun = false;
  return {
    tokens(text, count, details) {
      hasBegun = true;
      pass(text, count, details);
      return true;
    },
    finished: () => true,
    restart: () => !hasBegun,
    get hasBegun() {
      return hasBegun;
    },
  };
};

/** Nobody reads it before its end: until then only numbers of tokens are passed on, which say how it comes along. */
const createHeld = (pass: Pass): Carriage => {
  let held: { text: string; readonly details: TokenDetails | undefined }[] = [];
  return {
    tokens(text, count, details) {
      const last = details === undefined ? held.at(-1) : undefined;
      if (last !== undefined && last.details === undefined) last.text += text;
      else held.push({ text, details });
      pass('', count);
      return true;
    },
    finished() {
      for (const { text, details } of held) pass(text, 0, details);
      return true;
    },
    restart() {
      held = [];
      return true;
    },
    hasBegun: false,
  };
};

/** A text that is said again from its beginning: what was passed on is compared, what follows is new. */
class Repetition {
  #passed = '';
  #said = 0;

  get isComplete(): boolean {
    return this.#said === this.#passed.length;
  }

  restart(): void {
    this.#said = 0;
  }

  /** What is new of it; `undefined`: it is another text. */
  take(piece: string): string | undefined {
    if (!this.isComplete) return this.#compare(piece);
    this.#passed += piece;
    this.#said = this.#passed.length;
    return piece;
  }

  #compare(piece: string): string | undefined {
    const known = this.#passed.slice(this.#said, this.#said + piece.length);
    if (!piece.startsWith(known)) return undefined;
    this.#said += known.length;
    return known.length === piece.length ? '' : this.take(piece.slice(known.length));
  }
}

/** How many of something were passed on, and how many of them were said again. */
class Count {
  #passed = 0;
  #said = 0;

  restart(): void {
    this.#said = 0;
  }

  /** How many of these are new. */
  take(count: number): number {
    this.#said += count;
    const added = Math.max(0, this.#said - this.#passed);
    this.#passed += added;
    return Math.min(count, added);
  }
}

const createRepeated = (pass: Pass): Carriage => {
  const [text, reasoning] = [new Repetition(), new Repetition()];
  const [tokens, logprobs] = [new Count(), new Count()];
  const calls = new Map<number, Repetition>();
  let hasBegun = false;
  const all = () => [text, reasoning, ...calls.values()];

  /** `undefined`: it is another call. */
  const newOfCall = (delta: ToolCallDelta): ToolCallDelta[] | undefined => {
    const known = calls.get(delta.index);
    const call = known ?? new Repetition();
    calls.set(delta.index, call);
    const more = call.take(delta.arguments);
    if (more === undefined) return undefined;
    if (known === undefined) return [delta];
    // Its id is drawn anew each time; the consumer knows it by the first.
    return more === '' ? [] : [{ index: delta.index, arguments: more }];
  };

  const newOf = (details: TokenDetails): TokenDetails | undefined => {
    const thought = details.reasoning === undefined ? '' : reasoning.take(details.reasoning);
    const called = details.toolCalls?.map(newOfCall) ?? [];
    if (thought === undefined || called.includes(undefined)) return undefined;
    const toolCalls = called.flatMap((delta) => delta ?? []);
    const likely = details.logprobs?.slice(details.logprobs.length - logprobs.take(details.logprobs.length)) ?? [];
    return {
      ...(thought === '' ? {} : { reasoning: thought }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
      ...(likely.length === 0 ? {} : { logprobs: likely }),
    };
  };

  return {
    tokens(said, count, details) {
      hasBegun = true;
      const newText = text.take(said);
      const newDetails = details === undefined ? {} : newOf(details);
      if (newText === undefined || newDetails === undefined) return false;
      const newTokens = tokens.take(count);
      const hasDetails = Object.keys(newDetails).length > 0;
      if (newText === '' && newTokens === 0 && !hasDetails) return true;
      if (hasDetails) pass(newText, newTokens, newDetails);
      else pass(newText, newTokens);
      return true;
    },
    finished: () => all().every(({ isComplete }) => isComplete),
    restart() {
      for (const part of [...all(), tokens, logprobs]) part.restart();
      return true;
    },
    get hasBegun() {
      return hasBegun;
    },
  };
};
