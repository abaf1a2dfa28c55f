import { mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { LineQueue } from './line-queue.ts';
import { currentFile, rotate } from './log-rotation.ts';

export interface LogFileOptions {
  readonly dir: string;
  /** `app` is written to `app.json`, and renamed to `app-<time>.json` when that is full. */
  readonly stream: string;
  readonly maxFileBytes: number;
  /** A file is renamed when it is this old, too. */
  readonly maxAgeMs?: number;
  /** Renamed files that are kept. */
  readonly maxFiles: number;
  /** Told once when writing begins to fail and once when it works again. */
  readonly report: (message: string) => void;
  /** Characters that wait while the disk is slow or full; lines beyond are lost and counted. */
  readonly maxWaiting?: number;
  readonly now?: () => Date;
}

const MAX_WAITING = 8 * 1024 * 1024;
const MAX_BATCH = 64 * 1024;
/** Of one character of a text in UTF-8. */
const MOST_BYTES = 3;
/** Lines are gathered this long: a write costs as much as fifty lines in it. */
const GATHER_MS = 20;
/** While several come in that time: ten times fewer writes, for lines that are in the file a moment later. */
const BUSY_GATHER_MS = 200;
/** How long a disk that failed is left alone. */
const RETRY_MS = 1000;
const LINE_FEED = 0x0a;

/**
 * One log stream on disk: writing never blocks, never throws, and counts what is lost.
 * Not sonic-boom, on which pino.destination rests: there flushSync never returns when the disk is full, lost lines
 * are not counted, and a file cannot be rotated between two lines.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #waiting: LineQueue;
  #handle: FileHandle | undefined;
  #size = 0;
  /** When the current file was begun, in epoch milliseconds. */
  #begunAt = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  /** Several lines came together the last time. */
  #isBusy = false;
  /** What is written is put together in here: memory of that size costs more to get than to fill. One write at a time. */
  #scratch: Buffer | undefined;
  /** The last write stopped inside a line, so the next one must begin a new line. */
  #isTorn = false;
  #isClosed = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#waiting = new LineQueue(options.maxWaiting ?? MAX_WAITING);
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one whole line, line feed included. */
  write(line: string): void {
    if (this.#isClosed || !this.#waiting.push(line)) this.skip();
    else this.#writeIn(this.#gatherMs());
  }

  /** Counts a line that could not even be made. */
  skip(): void {
    this.#dropped += 1;
  }

  /** Writes what waits, blocking; for the last moments of a process. */
  flushSync(): void {
    const lines = this.#waiting.take();
    if (lines.length === 0) return;
    try {
      const fd = this.#handle?.fd ?? this.#openSync();
      // A write may be under way, and its bytes are in the other place.
      let rest = Buffer.from(this.#textOf(lines));
      while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
      this.#isTorn = false;
    } catch {
      this.#dropped += lines.length;
    }
  }

  /** Writes what waits, once, and closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#writeAll();
    this.#dropped += this.#waiting.take().length;
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  #writeIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writeAll().then((isWritten) => {
        this.#writing = undefined;
        if (!this.#waiting.isEmpty) this.#writeIn(isWritten ? this.#gatherMs() : RETRY_MS);
      });
    }, delayMs).unref();
  }

  #gatherMs(): number {
    return this.#isBusy ? BUSY_GATHER_MS : GATHER_MS;
  }

  /** What waits now; lines that come meanwhile are gathered for the next time. False when the disk failed and lines wait. */
  async #writeAll(): Promise<boolean> {
    this.#isBusy = this.#waiting.count > 1;
    for (let left = this.#waiting.count; left > 0; ) {
      try {
        left -= await this.#writeLines(this.#waiting.take(MAX_BATCH));
        this.#recover();
      } catch (error) {
        this.#fail(error);
        return false;
      }
    }
    return true;
  }

  /** How many got onto the disk; the others wait again. */
  async #writeLines(lines: string[]): Promise<number> {
    let done = 0;
    try {
      const handle = await this.#prepare(lengthOf(lines));
      const data = this.#encode(lines);
      const { bytesWritten } = await handle.write(data);
      if (bytesWritten === 0) throw new Error('nothing was written');
      const written = data.subarray(0, bytesWritten);
      this.#size += bytesWritten;
      done = bytesWritten === data.length ? lines.length : countLines(written) - (this.#isTorn ? 1 : 0);
      this.#isTorn = written.at(-1) !== LINE_FEED;
      return done;
    } finally {
      this.#waiting.putBack(lines.slice(done));
    }
  }

  async #prepare(length: number): Promise<FileHandle> {
    const handle = await this.#open();
    const now = (this.#options.now ?? (() => new Date()))();
    if (this.#size === 0 || !this.#isFull(length, now)) return handle;
    this.#handle = undefined;
    await handle.close();
    // A folder that lets nobody rename is no reason to stop logging: the same file goes on.
    await rotate(this.#options, now).catch(() => undefined);
    const next = await this.#open();
    this.#size = 0;
    this.#begunAt = now.getTime();
    return next;
  }

  #isFull(length: number, now: Date): boolean {
    const { maxFileBytes, maxAgeMs = Number.POSITIVE_INFINITY } = this.#options;
    return this.#size + length > maxFileBytes || now.getTime() - this.#begunAt >= maxAgeMs;
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await mkdir(this.#options.dir, { recursive: true, mode: 0o750 });
    const handle = await open(currentFile(this.#options), 'a+', 0o640);
    this.#handle = handle;
    const { size, birthtimeMs, mtimeMs } = await handle.stat();
    this.#size = size;
    // Some file systems do not know when a file was begun.
    this.#begunAt = birthtimeMs > 0 ? birthtimeMs : mtimeMs;
    // Whoever wrote here before may have been killed within a line.
    if (this.#size > 0) this.#isTorn = await endsWithinLine(handle, this.#size);
    return handle;
  }

  #openSync(): number {
    mkdirSync(this.#options.dir, { recursive: true, mode: 0o750 });
    return openSync(currentFile(this.#options), 'a', 0o640);
  }

  #encode(lines: readonly string[]): Buffer {
    const text = this.#textOf(lines);
    if (text.length > MAX_BATCH) return Buffer.from(text);
    this.#scratch ??= Buffer.allocUnsafeSlow(MAX_BATCH * MOST_BYTES);
    return this.#scratch.subarray(0, this.#scratch.write(text));
  }

  #textOf(lines: readonly string[]): string {
    return `${this.#isTorn ? '\n' : ''}${lines.join('')}`;
  }

  #fail(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.report(`log ${currentFile(this.#options)} cannot be written (${reason}); lines wait, then are lost`);
  }

  #recover(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#options.report(`log ${currentFile(this.#options)} is written again; ${this.#dropped} lines were lost so far`);
  }
}

/** In characters, which is near enough to bytes for a limit of megabytes. */
const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length, 0);

const endsWithinLine = async (handle: FileHandle, size: number): Promise<boolean> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== LINE_FEED;
};

const countLines = (data: Buffer): number => {
  let count = 0;
  for (let at = data.indexOf(LINE_FEED); at !== -1; at = data.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
};
