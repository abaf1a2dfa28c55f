import type { Clock } from '../../clock.ts';

interface Options {
  readonly clock: Clock;
  /** Columns of `count` and `uuid`: they tell where one round of the stream ends. */
  readonly columns: { readonly count: number | undefined; readonly uuid: number | undefined };
  readonly onBatch: (lines: readonly string[]) => void;
  /** More text than any machine has devices to tell of. */
  readonly onFlood: () => void;
}

/** A round that is not complete by its count is complete when nothing came for so long. */
const QUIET_MS = 250;
const MAX_WAITING = 4 * 1024 * 1024;

/**
 * Cuts the text of `nvidia-smi -l` into rounds of one row per device. The stream has no mark between rounds, so a round
 * ends with as many rows as `count` says, with the second row of the same device, or with silence.
 */
export class Batches {
  readonly #given: Options;
  #rest = '';
  #lines: string[] = [];
  #seen = new Set<string>();
  #cancelQuiet: () => void = () => undefined;

  constructor(given: Options) {
    this.#given = given;
  }

  push(text: string): void {
    this.#cancelQuiet();
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
    if (this.#rest.length + this.#lines.length * 64 > MAX_WAITING) {
      this.close();
      this.#given.onFlood();
    } else if (this.#lines.length > 0 || this.#rest !== '') {
      this.#cancelQuiet = this.#given.clock.after(QUIET_MS, () => this.#finish());
    }
  }

  close(): void {
    this.#cancelQuiet();
    this.#rest = '';
    this.#begin();
  }

  #add(line: string): void {
    if (line.trim() === '') return;
    const { count, uuid } = this.#given.columns;
    const cells = line.split(',');
    const id = uuid === undefined ? '' : (cells[uuid] ?? '').trim();
    if (this.#seen.has(id)) this.#finish();
    this.#lines.push(line);
    if (/^(GPU|MIG)-/.test(id)) this.#seen.add(id);
    if (count !== undefined && this.#lines.length === Number(cells[count])) this.#finish();
  }

  #finish(): void {
    this.#cancelQuiet();
    // A line that was not ended within the silence is told as it is; a part of a row is refused as one.
    const lines = this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
    this.#rest = '';
    this.#begin();
    if (lines.length > 0) this.#given.onBatch(lines);
  }

  #begin(): void {
    this.#lines = [];
    this.#seen = new Set();
  }
}
