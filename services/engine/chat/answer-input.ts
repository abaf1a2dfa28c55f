/** A part of a reader: it is suspended where it needs more text than has come. */
export type Reading<Result> = Generator<undefined, Result, undefined>;

/** Text that comes in pieces, read from its beginning. No decision depends on where the pieces end. */
export class AnswerInput {
  #text = '';
  #isOver = false;
  #record: string | undefined;

  push(text: string): void {
    this.#text += text;
  }

  end(): void {
    this.#isOver = true;
  }

  /** What has come and was not taken. */
  get text(): string {
    return this.#text;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes so many characters, which must be there. */
  take(count: number): string {
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    if (this.#record !== undefined) this.#record += taken;
    return taken;
  }

  /** From here on everything taken can be given back. */
  record(): void {
    this.#record = '';
  }

  keep(): void {
    this.#record = undefined;
  }

  giveBack(): void {
    this.#text = (this.#record ?? '') + this.#text;
    this.#record = undefined;
  }

  /** The next character, not taken; empty at the end. */
  *peek(): Reading<string> {
    while (this.#text === '' && !this.#isOver) yield;
    return this.#text.charAt(0);
  }

  /** Whether the text goes on with this, which is not taken; waits only while that is open. */
  *isNext(mark: string): Reading<boolean> {
    while (!this.#isOver && this.#text.length < mark.length && mark.startsWith(this.#text)) yield;
    return this.#text.startsWith(mark);
  }

  *takeSpace(): Reading<string> {
    let space = '';
    while (isSpace(yield* this.peek())) space += this.take(1);
    return space;
  }

  /** Takes a mark in which space counts for nothing; false where something else stands there: part of it may be taken. */
  *takeLoosely(mark: string): Reading<boolean> {
    for (const [index, word] of mark.split(/\s+/u).entries()) {
      if (index > 0) yield* this.takeSpace();
      if (word === '') continue;
      if (!(yield* this.isNext(word))) return false;
      this.take(word.length);
    }
    return true;
  }

  /** Takes what is left where the answer ends in the middle of one of these marks, or right before it; false elsewhere. */
  takeCut(marks: readonly string[]): boolean {
    const isCut = this.#isOver && marks.some((mark) => mark.split(/\s+/u).some((word) => word.startsWith(this.#text)));
    if (isCut) this.take(this.#text.length);
    return isCut;
  }
}

/** White space as models put it around marks. */
export const isSpace = (character: string): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r';
