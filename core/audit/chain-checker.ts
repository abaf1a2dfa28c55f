import { hash } from 'node:crypto';
import { type AuditLine, GENESIS, labelOf, NO_HASH, type Place, placeOf } from './line.ts';

export const BREAK_KINDS = ['changed', 'removed', 'inserted', 'reordered', 'truncated', 'torn'] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/** Where a chain is not what was written, and in which way. */
export interface Break {
  readonly kind: BreakKind;
  readonly file: string;
  /** 1 is the first line of the file. */
  readonly line: number;
  readonly message: string;
}

/** One line on its way through the check; `line` is undefined where its own hash is wrong. */
export interface Candidate {
  readonly file: string;
  readonly number: number;
  /** With its line feed, where it has one. */
  readonly bytes: Buffer;
  readonly line: AuditLine | undefined;
}

export interface Checked {
  readonly breaks: readonly Break[];
  readonly records: number;
  /** Torn lines that the next writer found and marked: a crash, not a break. */
  readonly markedTorn: number;
  readonly chain: string | undefined;
  readonly first: Place | undefined;
  readonly last: Place;
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Beyond this many the rest says nothing new. */
const MAX_BREAKS = 100;
const LINE_FEED = 0x0a;

/** Follows a chain line by line, finds every place where it breaks, and goes on behind it. */
export class ChainChecker {
  readonly #isPart: boolean;
  readonly #breaks: Break[] = [];
  readonly #gaps: Gap[] = [];
  readonly #expired = new Map<number, string>();
  #last: Place | undefined;
  #first: AuditLine | undefined;
  #firstFile = '';
  #unread: Candidate[] = [];
  #records = 0;
  #markedTorn = 0;
  #chain: string | undefined;

  /** `isPart`: the trail may begin anywhere, as a single file of it does. */
  constructor(isPart: boolean) {
    this.#isPart = isPart;
  }

  /** True when the line stands where it says. */
  see(candidate: Candidate): boolean {
    const { line } = candidate;
    if (line === undefined || candidate.bytes.at(-1) !== LINE_FEED) {
      this.#unread.push(candidate);
      return false;
    }
    this.#records += 1;
    const last = this.#last ?? this.#begin(candidate, line);
    const isNext = line.sequence === last.sequence + 1 && line.previousHash === last.hash;
    if (this.#unread.length > 0) this.#judgeUnread(line, last, isNext);
    else if (!isNext) this.#judge(candidate, line, last);
    if (line.sequence > last.sequence) this.#last = placeOf(line);
    this.#learn(line);
    return isNext;
  }

  /** Adds what somebody else found. */
  add(found: Break): void {
    if (this.#breaks.length < MAX_BREAKS) this.#breaks.push(found);
  }

  end(): Checked {
    this.#judgeTail();
    this.#judgeBeginning();
    return {
      breaks: this.#breaks,
      records: this.#records,
      markedTorn: this.#markedTorn,
      chain: this.#chain,
      first: this.#first === undefined ? undefined : placeOf(this.#first),
      last: this.#last ?? GENESIS,
    };
  }

  #begin({ file }: Candidate, line: AuditLine): Place {
    this.#first = line;
    this.#firstFile = file;
    // What came before is judged at the end, when it is known which files are past their retention.
    return { sequence: line.sequence - 1, hash: line.previousHash };
  }

  #learn(line: AuditLine): void {
    const chain = labelOf(line, 'chain');
    if (typeof chain === 'string') this.#chain ??= chain;
    if (line.action !== 'audit.file_expired') return;
    this.#expired.set(Number(labelOf(line, 'last_sequence')), String(labelOf(line, 'last_hash')));
  }

  #judge(candidate: Candidate, line: AuditLine, last: Place): void {
    const { file, number } = candidate;
    const at = { file, line: number };
    if (line.sequence === last.sequence + 1) {
      return this.add({
        kind: 'changed',
        ...at,
        message: 'this line does not follow from the one before: one of them was rewritten',
      });
    }
    if (line.sequence <= last.sequence) return this.#judgeEarlier(at, line);
    const [from, to] = [last.sequence + 1, line.sequence - 1];
    this.#gaps.push({ from, to, at: this.#breaks.length });
    const missing = from === to ? `record ${from} is` : `records ${from} to ${to} are`;
    const isCut = number === 1;
    this.add({ kind: isCut ? 'truncated' : 'removed', ...at, message: `${missing} missing before this line` });
  }

  #judgeEarlier(at: Pick<Break, 'file' | 'line'>, { sequence }: AuditLine): void {
    const gap = this.#gaps.find(({ from, to }) => sequence >= from && sequence <= to);
    const earlier = gap === undefined ? undefined : this.#breaks[gap.at];
    if (gap === undefined || earlier === undefined) {
      return this.add({ kind: 'inserted', ...at, message: `record ${sequence} stands here a second time` });
    }
    const message = `record ${sequence} stands behind this line instead of before it`;
    this.#breaks[gap.at] = { ...earlier, kind: 'reordered', message };
  }

  /** Lines that cannot be read, in front of one that can. */
  #judgeUnread(next: AuditLine, last: Place, isNext: boolean): void {
    const unread = this.#unread;
    this.#unread = [];
    const [first] = unread;
    if (first === undefined) return;
    if (isNext && isMarkOf(next, unread)) {
      this.#markedTorn += 1;
      return;
    }
    const at = { file: first.file, line: first.number };
    if (next.sequence <= last.sequence || isNext) {
      return this.add({ kind: 'inserted', ...at, message: 'this line was not written by the service' });
    }
    this.add({ kind: 'changed', ...at, message: 'this line is not what was written: its own hash does not fit' });
  }

  #judgeTail(): void {
    const [first] = this.#unread;
    if (first === undefined) return;
    const at = { file: first.file, line: first.number };
    const isTorn = this.#unread.length === 1 && first.bytes.at(-1) !== LINE_FEED;
    this.add(
      isTorn
        ? {
            kind: 'torn',
            ...at,
            message: 'the last line is not complete: a write under way, a crash not yet marked, or a cut',
          }
        : { kind: 'changed', ...at, message: 'this line is not what was written: its own hash does not fit' },
    );
  }

  #judgeBeginning(): void {
    const first = this.#first;
    if (first === undefined || this.#isPart) return;
    const before = first.sequence - 1;
    const isGenesis = before === 0 && first.previousHash === NO_HASH;
    if (isGenesis || this.#expired.get(before) === first.previousHash) return;
    const message = `records 1 to ${before} are missing, and no line says that their retention was over`;
    this.add({ kind: 'truncated', file: this.#firstFile, line: 1, message });
  }
}

/** True for the line in which a writer says what it found torn before it. */
const isMarkOf = (line: AuditLine, unread: readonly Candidate[]): boolean => {
  if (line.action !== 'audit.line_torn') return false;
  const all = Buffer.concat(unread.map(({ bytes }) => bytes));
  // The line feed that ends a torn line may be the torn line's own, or the mark's.
  return [all, all.subarray(0, -1)].some(
    (bytes) => labelOf(line, 'torn_bytes') === bytes.length && labelOf(line, 'torn_sha256') === hash('sha256', bytes),
  );
};
