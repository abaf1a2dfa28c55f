/** Lines that wait to be written, up to a bound. */
export class LineQueue {
  readonly #maxLength: number;
  #lines: string[] = [];
  #length = 0;

  /** `maxLength`: characters of all lines together. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  get count(): number {
    return this.#lines.length;
  }

  /** False when there is no room for the line. */
  push(line: string): boolean {
    if (this.#length + line.length > this.#maxLength) return false;
    this.#lines.push(line);
    this.#length += line.length;
    return true;
  }

  /** The oldest lines, as many as fit; at least one where there is one. */
  take(maxLength = Number.POSITIVE_INFINITY): string[] {
    let length = 0;
    let count = 0;
    for (const line of this.#lines) {
      if (count > 0 && length + line.length > maxLength) break;
      length += line.length;
      count += 1;
    }
    this.#length -= length;
    return this.#lines.splice(0, count);
  }

  /** Lines that were taken and not written wait again, before all others. */
  putBack(lines: readonly string[]): void {
    this.#lines.unshift(...lines);
    for (const line of lines) this.#length += line.length;
  }
}
