import { createNormaliser } from '../text/normalise.ts';

/** How far to the left a rule may look. */
export const CONTEXT_LENGTH = 96;
/** Stands in the context for whatever was replaced, so that a text and its redacted form are judged alike. */
export const OPAQUE = '\ufffc';

/** The part of a text that is not decided yet, as it came and normalised, and the context before it. */
export class ScanBuffer {
  /** Normalised; what is before `consumed` is context only. */
  text = '';
  /** Normalised units that were dropped from the beginning. */
  dropped = 0;
  /** Of all units so far, those that replaced ones have beyond the one that they count as. */
  hidden = 0;
  private raw = '';
  private rawBase = 0;
  private starts: number[] | undefined;
  private ends: number[] | undefined;
  private textBase = 0;
  private pushed = 0;
  /** What was pushed, less half a character. */
  private seen = 0;
  private readonly normaliser = createNormaliser();
  /** Context up to `contextFrom`. */
  private tail = '';
  private contextFrom = 0;

  push(piece: string): void {
    const normalised = this.normaliser.push(piece, this.pushed);
    this.raw = this.raw === '' ? piece : this.raw + piece;
    this.pushed += piece.length;
    this.seen = this.pushed - this.normaliser.kept;
    this.append(normalised);
  }

  end(): void {
    const rest = this.normaliser.end(this.pushed);
    this.seen = this.pushed;
    this.append(rest);
  }

  private append(next: { text: string; starts: number[] | undefined; ends: number[] | undefined }): void {
    if (this.text === '' && next.starts !== undefined) {
      this.starts = next.starts;
      this.ends = next.ends;
    } else if (next.starts !== undefined || this.starts !== undefined) {
      const { starts, ends } = this.mapped();
      const from = this.pushed - next.text.length;
      for (let index = 0; index < next.text.length; index += 1) {
        starts.push(next.starts?.[index] ?? from + index);
        ends.push(next.ends?.[index] ?? from + index + 1);
      }
    } else if (this.text === '') this.textBase = this.pushed - next.text.length;
    this.text = this.text === '' ? next.text : this.text + next.text;
  }

  private mapped(): { starts: number[]; ends: number[] } {
    if (this.starts === undefined || this.ends === undefined) {
      this.starts = Array.from({ length: this.text.length }, (_, index) => this.textBase + index);
      this.ends = Array.from({ length: this.text.length }, (_, index) => this.textBase + index + 1);
    }
    return { starts: this.starts, ends: this.ends };
  }

  /** Where a normalised unit begins in the whole text; past the last, where the next will. */
  startOf(index: number): number {
    if (this.starts === undefined) return this.text === '' ? this.seen : this.textBase + index;
    return this.starts[index] ?? this.seen;
  }

  /** Where it ends. */
  endOf(index: number): number {
    if (this.ends === undefined) return this.textBase + index + 1;
    return this.ends[index] ?? this.seen;
  }

  /** The text as it came, by positions in the whole of it; not before what was dropped. */
  rawBetween(from: number, to: number): string {
    return this.raw.slice(from - this.rawBase, to - this.rawBase);
  }

  /** At most `CONTEXT_LENGTH` normalised units before `index`, with `OPAQUE` for what was replaced. */
  contextAt(index: number): string {
    const from = Math.max(this.contextFrom, index - CONTEXT_LENGTH);
    const near = this.text.slice(from, index);
    return from > this.contextFrom || near.length >= CONTEXT_LENGTH ? near : (this.tail + near).slice(-CONTEXT_LENGTH);
  }

  /** Whether nothing from `index` on was replaced or dropped: the context is a part of the text. */
  isWhole(index: number): boolean {
    return index >= this.contextFrom;
  }

  /** Whether the context before `index` ends with a word. */
  endsWith(index: number, word: string): boolean {
    const from = index - word.length;
    return from >= this.contextFrom ? this.text.startsWith(word, from) : this.contextAt(index).endsWith(word);
  }

  /** The unit before `index`, or nothing. */
  unitBefore(index: number): string {
    return index > this.contextFrom ? this.text.charAt(index - 1) : this.tail.slice(-1);
  }

  /** The code of the unit so far before `index`, or NaN. */
  codeBefore(index: number, distance: number): number {
    const beyond = this.contextFrom - (index - distance);
    return beyond > 0 ? this.tail.charCodeAt(this.tail.length - beyond) : this.text.charCodeAt(index - distance);
  }

  /** From here on, what lies between counts as one opaque unit. */
  hide(from: number, to: number): void {
    this.tail = this.contextAt(from) + OPAQUE;
    this.hidden += to - from - 1;
    this.contextFrom = to;
  }

  /** What was hidden last goes on up to here. */
  hideUpTo(index: number): void {
    this.hidden += index - this.contextFrom;
    this.contextFrom = index;
  }

  /** Units before `index` were decided. */
  drop(index: number): void {
    if (index === 0) return;
    this.tail = this.contextAt(index);
    const at = this.startOf(index);
    this.contextFrom = 0;
    this.dropped += index;
    this.text = this.text.slice(index);
    this.raw = this.raw.slice(at - this.rawBase);
    this.rawBase = at;
    this.textBase = at;
    if (this.text === '') {
      this.starts = undefined;
      this.ends = undefined;
    } else if (this.starts !== undefined && this.ends !== undefined) {
      this.starts = this.starts.slice(index);
      this.ends = this.ends.slice(index);
    }
  }

  /** Units that came, from a place of the whole text on. */
  heldFrom(place: number): number {
    return this.rawBase + this.raw.length - Math.max(place, this.rawBase);
  }

  /** Units that came and were not dropped. */
  get held(): number {
    return this.raw.length;
  }
}
