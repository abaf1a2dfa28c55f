import { SEP } from '../rules/features.ts';
import type { DigitCandidate } from '../rules/rule.ts';
import type { DigitGroups } from './digit-groups.ts';
import type { RunView } from './run.ts';

const isBracket = (code: number): boolean => code === 0x28 || code === 0xff08;

/** What a rule is shown. One serves every candidate; what takes work to find out is found out when it is asked for. */
export class Candidate implements DigitCandidate {
  hasPlus = false;
  start = 0;
  end = 0;
  length = 0;
  private view: RunView | undefined;
  private from = 0;
  private to = 0;
  private joined: string | undefined;
  private lengths: readonly number[] | undefined;
  private written: string | undefined;
  private context: string | undefined;
  private contextStart = -1;
  private readonly all: DigitGroups;

  constructor(all: DigitGroups) {
    this.all = all;
  }

  /** Another run. */
  enter(view: RunView): void {
    this.view = view;
    this.from = -1;
    this.contextStart = -1;
  }

  /** Groups `from` to `to` of the run, `plus` units of a sign before them. */
  show(run: string, from: number, to: number, length: number, plus: number): void {
    const { all } = this;
    const first = all.firstOf(from);
    if (from !== this.from || to !== this.to) {
      this.from = from;
      this.to = to;
      this.joined = undefined;
      this.lengths = undefined;
      this.written = undefined;
    }
    this.length = length;
    this.hasPlus = plus > 0;
    this.end = all.placeOf(first + length - 1) + 1;
    this.start = all.placeOf(first) - plus;
    // An opening bracket whose closing one is within goes with the number.
    const hasBracket = to > from && isBracket(run.charCodeAt(this.start - 1));
    if (hasBracket && (this.separators & SEP.paren) !== 0) this.start -= 1;
  }

  get digits(): string {
    this.joined ??= this.all.digits(this.from, this.to);
    return this.joined;
  }

  get groups(): readonly number[] {
    this.lengths ??= this.all.lengths(this.from, this.to);
    return this.lengths;
  }

  get first(): number {
    return this.all.lengthOf(this.from);
  }

  get last(): number {
    return this.all.lengthOf(this.to);
  }

  get lastGap(): number {
    return this.to > this.from ? this.all.before(this.to) : 0;
  }

  get separators(): number {
    return this.all.between(this.from, this.to);
  }

  get gaps(): readonly number[] {
    return Array.from({ length: this.to - this.from }, (_, index) => this.all.before(this.from + index + 1));
  }

  get beside(): readonly [number, number] {
    return this.all.beside(this.from, this.to);
  }

  get isAlone(): boolean {
    return this.all.isAlone(this.from, this.to);
  }

  get form(): string {
    this.written ??= this.groups.length === 1 ? `${this.groups[0]}` : this.groups.join('-');
    return this.written;
  }

  hasForm(test: (form: string) => boolean): boolean {
    if (test(this.form)) return true;
    if ((this.separators & SEP.newline) === 0) return false;
    const { groups } = this;
    const { gaps } = this;
    const joined = [groups[0] ?? 0];
    for (const [index, gap] of gaps.entries()) {
      const length = groups[index + 1] ?? 0;
      if (gap === SEP.newline) joined.push((joined.pop() ?? 0) + length);
      else joined.push(length);
    }
    return test(joined.join('-'));
  }

  readonly before = (): string => {
    if (this.contextStart !== this.start || this.context === undefined) {
      this.context = this.view?.before(this.start) ?? '';
      this.contextStart = this.start;
    }
    return this.context;
  };

  readonly text = (): string => this.view?.run.slice(this.start, this.end) ?? '';

  readonly after = (): string => (this.view === undefined ? '' : this.view.run.slice(this.end) + this.view.next);
}
