import type { ToolCallDelta } from '../../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../../call.ts';
import type { LogprobGuard } from './logprob-guard.ts';
import type { TextTransform } from './text-transform.ts';

/** What the text of an answer goes through. */
export interface AnswerParts {
  /** For the text, and for what the model thinks. */
  readonly text: () => TextTransform;
  readonly reasoning: () => TextTransform;
  /** For the arguments of one call. */
  readonly call: () => TextTransform;
  /** For a name that the model wrote, whole. */
  readonly name: (name: string) => string;
  /** Absent: nothing is looked for in answers. */
  readonly logprobs?: (() => LogprobGuard) | undefined;
  /** Told how many more characters wait than before. */
  readonly onHeld: (difference: number) => void;
  /** Characters that may wait in one channel of a choice; more end the answer. */
  readonly maxHeld: number;
}

/** Changes the events of one generation. Synchronous, so that a token costs no promise more than without it. */
export interface AnswerTransform {
  /** What can be passed on now; the end of an answer comes after all that waited. */
  see(event: GenerationEvent): readonly GenerationEvent[];
  /** Nothing more comes, whether or not the answer is complete. May be called twice. */
  close(): void;
}

type Piece = Extract<GenerationEvent, { readonly type: 'text' | 'reasoning' | 'toolCalls' }>;
type Text = Extract<Piece, { readonly type: 'text' }>;
type ToolCalls = Extract<Piece, { readonly type: 'toolCalls' }>;

/** A transform for the events of one generation, of any number of choices. */
export const createAnswerTransform = (parts: AnswerParts): AnswerTransform => {
  const choices = new Map<number, Choice>();
  const choiceOf = (choice: number | undefined): Choice => {
    const index = choice ?? 0;
    let found = choices.get(index);
    if (found === undefined) {
      found = new Choice(parts, choice);
      choices.set(index, found);
    }
    return found;
  };
  const end = (index: number): readonly GenerationEvent[] => {
    const events = choices.get(index)?.end() ?? [];
    choices.delete(index);
    return events;
  };
  return {
    see(event) {
      switch (event.type) {
        case 'accepted':
          return [event];
        case 'ended':
          return [...end(event.choice), event];
        case 'finished':
          return [...[...choices.keys()].flatMap(end), event];
        default:
          return choiceOf(event.choice).see(event);
      }
    },
    close() {
      for (const choice of choices.values()) choice.close();
      choices.clear();
    },
  };
};

const NOTHING: readonly GenerationEvent[] = [];

/** One answer: a transform for each of its channels, which are read one beside the other. */
class Choice {
  readonly #parts: AnswerParts;
  readonly #which: { readonly choice?: number };
  readonly #calls: TextTransform[] = [];
  #text: TextTransform | undefined;
  #reasoning: TextTransform | undefined;
  #logprobs: LogprobGuard | undefined;
  /** Text that is decided and waits for its tokens, where they were asked for. */
  #ready = '';
  /** Tokens whose text waits. */
  #tokens = 0;
  #held = 0;

  constructor(parts: AnswerParts, choice: number | undefined) {
    this.#parts = parts;
    this.#which = choice === undefined ? {} : { choice };
  }

  see(event: Piece): readonly GenerationEvent[] {
    const changed = this.#change(event);
    this.#tellHeld();
    if (changed === undefined) {
      this.#tokens += event.tokens;
      return NOTHING;
    }
    const { tokens } = changed;
    if (this.#tokens === 0) return [changed];
    const waited = this.#tokens;
    this.#tokens = 0;
    return [{ ...changed, tokens: tokens + waited }];
  }

  end(): readonly GenerationEvent[] {
    const events: GenerationEvent[] = [];
    const reasoning = this.#reasoning?.end() ?? '';
    if (reasoning !== '') events.push({ type: 'reasoning', ...this.#which, text: reasoning, tokens: this.#count() });
    const text = this.#ready + (this.#text?.end() ?? '');
    const logprobs = this.#logprobs?.end() ?? [];
    if (text !== '' || logprobs.length > 0) {
      const likely = logprobs.length === 0 ? {} : { logprobs };
      events.push({ type: 'text', ...this.#which, text, tokens: this.#count(), ...likely });
    }
    const calls = this.#calls.flatMap((call, index): ToolCallDelta[] => {
      const rest = call.end();
      return rest === '' ? [] : [{ index, arguments: rest }];
    });
    if (calls.length > 0) events.push({ type: 'toolCalls', ...this.#which, calls, tokens: this.#count() });
    this.close();
    return events;
  }

  close(): void {
    this.#parts.onHeld(-this.#held);
    this.#held = 0;
  }

  #count(): number {
    const tokens = this.#tokens;
    this.#tokens = 0;
    return tokens;
  }

  #change(event: Piece): Piece | undefined {
    if (event.type === 'toolCalls') return this.#changeCalls(event);
    if (event.type === 'text') return this.#changeText(event);
    this.#reasoning ??= this.#parts.reasoning();
    const text = this.#reasoning.push(event.text);
    if (text === event.text) return event;
    return text === '' ? undefined : { ...event, text };
  }

  #changeText(event: Text): Text | undefined {
    this.#text ??= this.#parts.text();
    const text = this.#text.push(event.text);
    if (this.#parts.logprobs !== undefined && event.logprobs !== undefined) return this.#changeTokens(event, text);
    if (text === event.text && this.#ready === '') return event;
    const all = this.#ready + text;
    this.#ready = '';
    return all === '' ? undefined : { ...event, text: all };
  }

  /** A piece of text comes with the tokens that it is made of, as far as nothing in it was replaced. */
  #changeTokens({ logprobs = [], ...rest }: Text, text: string): Text | undefined {
    this.#ready += text;
    this.#logprobs ??= this.#parts.logprobs?.();
    const decided = this.#logprobs?.push(logprobs) ?? [];
    if (decided.length === 0) return undefined;
    const said = Buffer.from(decided.flatMap(({ bytes }) => bytes)).toString();
    const out = this.#ready.startsWith(said) ? said : this.#ready;
    this.#ready = this.#ready.slice(out.length);
    return { ...rest, text: out, logprobs: decided };
  }

  #changeCalls(event: ToolCalls): ToolCalls | undefined {
    const calls = event.calls.flatMap((delta): ToolCallDelta[] => {
      const text = this.#callAt(delta.index).push(delta.arguments);
      if (text === '' && delta.id === undefined && delta.name === undefined) return [];
      const name = delta.name === undefined ? {} : { name: this.#parts.name(delta.name) };
      return [{ ...delta, ...name, arguments: text }];
    });
    return calls.length === 0 ? undefined : { ...event, calls };
  }

  #callAt(index: number): TextTransform {
    while (this.#calls.length <= index) this.#calls.push(this.#parts.call());
    // Safe: the line above made it.
    return this.#calls[index] as TextTransform;
  }

  #tellHeld(): void {
    let held = this.#heldBy(this.#text) + this.#heldBy(this.#reasoning);
    for (const call of this.#calls) held += this.#heldBy(call);
    if (held === this.#held) return;
    this.#parts.onHeld(held - this.#held);
    this.#held = held;
  }

  #heldBy(transform: TextTransform | undefined): number {
    const held = transform?.held ?? 0;
    if (held > this.#parts.maxHeld) throw new Error(`${held} characters wait, more than redaction.maxHeldCharacters`);
    return held;
  }
}
