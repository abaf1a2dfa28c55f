import { CONTEXT_LENGTH, type ScanBuffer } from './buffer.ts';
import type { RunView } from './run.ts';

/** The run that a scanner decides, as rules see it. One serves all its runs; what stands before is made when it is asked for. */
export class ScannedRun implements RunView {
  run = '';
  lead = 0;
  previous = '';
  next = '';
  private start = 0;
  private end = 0;
  private context: string | undefined;
  private known: number | undefined;
  private readonly buffer: ScanBuffer;
  private readonly near: (from: number, to: number) => number;

  constructor(buffer: ScanBuffer, near: (from: number, to: number) => number) {
    this.buffer = buffer;
    this.near = near;
  }

  /** From `start` to `end` of the buffer; `isContinued`: the unit before belongs to the same run, and was decided. */
  show(start: number, end: number, isContinued: boolean, isWhole: boolean): void {
    const { buffer } = this;
    this.start = start;
    this.end = end;
    this.lead = isContinued ? 1 : 0;
    this.context = undefined;
    this.known = undefined;
    this.run = (isContinued ? buffer.unitBefore(start) : '') + buffer.text.slice(start, end);
    this.previous = isContinued ? this.around().slice(-2, -1) : buffer.unitBefore(start);
    // What follows a window may not have come yet, so it is not looked at.
    this.next = isWhole ? buffer.text.charAt(end) : '';
  }

  before(index: number): string {
    if (index > CONTEXT_LENGTH) return this.run.slice(index - CONTEXT_LENGTH, index);
    const { buffer, start, lead } = this;
    const from = start - CONTEXT_LENGTH;
    if (buffer.isWhole(from)) return buffer.text.slice(from, start - lead + index);
    const around = this.around();
    return (lead === 0 ? around : around.slice(0, -1)) + this.run.slice(0, index);
  }

  mentioned(): number {
    this.known ??= this.near(this.start, this.end);
    return this.known;
  }

  private around(): string {
    this.context ??= this.buffer.contextAt(this.start);
    return this.context;
  }
}
