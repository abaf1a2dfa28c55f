import type { RuleManifest } from '../rules/rule.ts';
import { atomAt } from '../scan/atoms.ts';
import { ScanBuffer } from '../scan/buffer.ts';
import type { CustomRule } from './compile-custom-rule.ts';

/** Hears what is decided; positions are in the text as it came. */
export interface CustomSink {
  keep(text: string): void;
  replace(rule: RuleManifest, start: number, raw: string, value: string): void;
  refused?: ((rule: RuleManifest, start: number, raw: string, reason: string) => void) | undefined;
}

const SLAB = 8192;

/** Finds what the rules of a configuration find, at every place of a text that comes in pieces; earlier rules win. */
export class CustomScanner {
  private readonly buffer = new ScanBuffer();
  private readonly rules: readonly CustomRule[];
  private readonly ownLabels: ReadonlySet<string>;
  private readonly sink: CustomSink;
  private position = 0;
  private sent = 0;

  constructor(rules: readonly CustomRule[], ownLabels: ReadonlySet<string>, sink: CustomSink) {
    this.rules = rules;
    this.ownLabels = ownLabels;
    this.sink = sink;
  }

  push(piece: string): void {
    for (let from = 0; from < piece.length; from += SLAB) {
      this.buffer.push(piece.slice(from, from + SLAB));
      this.advance(false);
    }
  }

  end(): void {
    this.buffer.end();
    this.advance(true);
  }

  get held(): number {
    return this.buffer.held;
  }

  private advance(final: boolean): void {
    const { buffer } = this;
    while (this.position < buffer.text.length && this.stepOver(final)) {
      // Each step moves the position.
    }
    this.keepUpTo(buffer.startOf(this.position));
    buffer.drop(this.position);
    this.position = 0;
  }

  private keepUpTo(end: number): void {
    if (end > this.sent) this.sink.keep(this.buffer.rawBetween(this.sent, end));
    this.sent = Math.max(this.sent, end);
  }

  private stepOver(final: boolean): boolean {
    const { buffer, position } = this;
    const atom = atomAt(buffer.text, position, final, this.ownLabels);
    if (atom === 'more') return false;
    if (atom !== 'none') {
      buffer.hide(position, atom.end);
      this.position = atom.end;
      return true;
    }
    const previous = buffer.unitBefore(position);
    for (const rule of this.rules) {
      const end = rule.machine.run(buffer.text, position, previous, final);
      if (end === 'more') return false;
      if (end > position && this.isMatch(rule, end)) {
        this.replace(rule, end);
        return true;
      }
    }
    this.position += 1;
    return true;
  }

  private isMatch(rule: CustomRule, end: number): boolean {
    const { buffer, position } = this;
    const refusal = rule.refuse(buffer.text.slice(position, end), buffer.contextAt(position));
    if (refusal === undefined) return true;
    const start = buffer.startOf(position);
    this.sink.refused?.(rule, start, buffer.rawBetween(start, buffer.endOf(end - 1)), refusal);
    return false;
  }

  private replace(rule: CustomRule, end: number): void {
    const { buffer, position } = this;
    const start = buffer.startOf(position);
    const to = buffer.endOf(end - 1);
    this.keepUpTo(start);
    this.sink.replace(rule, start, buffer.rawBetween(start, to), buffer.text.slice(position, end));
    this.sent = to;
    buffer.hide(position, end);
    this.position = end;
  }
}
