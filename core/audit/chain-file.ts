import { createPublicKey, randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile } from '../config/private-files.ts';
import { AppendFile, wholeTexts } from './append-file.ts';
import { type AuditPaths, rotatedFiles, rotatedName } from './files.ts';
import { isSignedBy, readHeadFile, type SignedHead, type SigningKey, signHead } from './head.ts';
import { chainLine, type Place } from './line.ts';
import { TrailLock } from './lock.ts';
import { type ChainEnd, findEnd, lastLineOf } from './tail.ts';

/** A record that waits for its place in the chain. */
export interface Pending {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How far a write came: records before `done` are in the file. */
export interface Written {
  readonly done: number;
  readonly error?: unknown;
}

export interface ChainFileOptions {
  readonly paths: AuditPaths;
  readonly key: SigningKey;
  /** Size at which a new file is begun; infinite for a process that only adds a line or two. */
  readonly maxFileBytes: number;
  /** Age at which a rotated file is deleted; infinite: never. */
  readonly retentionMs: number;
  /** The fields of a line of the trail about itself. */
  readonly own: (action: string, labels: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface KnownEnd extends ChainEnd {
  readonly chain: string;
  /** Of the current file; 0: not opened yet. */
  readonly inode: number;
}

const HEAD_MODE = 0o644;
/** A file holds at most a day, so that the retention is kept to the day. */
const MAX_FILE_AGE_MS = 86_400_000;

/** The file under a trail: every change of it happens under the lock and goes on from whatever end another writer left. */
export class ChainFile {
  readonly #options: ChainFileOptions;
  readonly #lock: TrailLock;
  readonly #file: AppendFile;
  #end: KnownEnd | undefined;
  /** The last place that was certainly in the file. */
  #written: Place | undefined;

  constructor(options: ChainFileOptions) {
    this.#options = options;
    this.#lock = new TrailLock(options.paths.lock);
    this.#file = new AppendFile(options.paths.current);
  }

  /** Writes the records in their order; none of them is on the disk for sure before `sync`. */
  async append(records: readonly Pending[]): Promise<Written> {
    try {
      return await this.#locked(async (end) => this.#writeRecords(await this.#prepare(end), records));
    } catch (error) {
      this.#end = undefined;
      return { done: 0, error };
    }
  }

  /** Signs the end of the chain: as a line of it, and in the head file, which covers that line too. */
  appendHead(): Promise<SignedHead> {
    return this.#locked(async (end) => {
      const { key, paths, own, now } = this.#options;
      const opened = await this.#prepare(end);
      const time = new Date(now()).toISOString();
      const { signature, keyId } = signHead(opened.chain, opened.place, time, key);
      const labels = { chain: opened.chain, head_time: time, key_id: keyId, signature };
      const { error } = await this.#writeRecords(opened, [{ fields: own('audit.head_signed', labels) }]);
      if (error !== undefined) throw error;
      await this.#file.sync();
      const head = signHead(opened.chain, (this.#end ?? opened).place, time, key);
      await replaceFile(paths.head, HEAD_MODE, `${JSON.stringify(head)}\n`);
      return head;
    });
  }

  /** Brings what was written to the disk itself. */
  async sync(): Promise<void> {
    if (this.#file.isDirty) await this.#lock.hold(() => this.#file.sync());
  }

  async close(): Promise<void> {
    await this.#lock.close();
    await this.#file.close();
  }

  #locked<T>(work: (end: KnownEnd) => Promise<T>): Promise<T> {
    return this.#lockFolder().then(() => this.#lock.hold(async () => work(await this.#find())));
  }

  async #lockFolder(): Promise<void> {
    if (this.#end === undefined) await makeFolder(this.#options.paths.dir);
  }

  /** The end as it is now; another process may have written, or begun a new file. */
  async #find(): Promise<KnownEnd> {
    const { paths } = this.#options;
    const now = await stat(paths.current).catch(() => undefined);
    const known = this.#end;
    if (known !== undefined && now !== undefined && now.ino === known.inode && now.size === known.size) return known;
    if (now?.ino !== known?.inode) await this.#file.close();
    const found = await findEnd(paths);
    const head = await this.#ownHead();
    const chain = found.chain ?? known?.chain ?? head?.chain ?? randomUUID();
    const isShort = [this.#written, head].some((place) => (place?.sequence ?? 0) > found.place.sequence);
    this.#end = { ...found, chain, inode: now?.ino ?? 0 };
    return isShort ? this.#markShort(this.#end, [this.#written, head]) : this.#end;
  }

  /** The head file, where this installation signed it. */
  async #ownHead(): Promise<SignedHead | undefined> {
    const head = await readHeadFile(this.#options.paths.head).catch(() => undefined);
    return head !== undefined && isSignedBy(head, createPublicKey(this.#options.key.privateKey)) ? head : undefined;
  }

  /** Somebody cut off lines that were there. The chain goes on behind them, so that the gap stays for everybody to see. */
  async #markShort(end: KnownEnd, places: readonly (Place | undefined)[]): Promise<KnownEnd> {
    const known = places.reduce((last, place) => ((place?.sequence ?? 0) > (last?.sequence ?? 0) ? place : last));
    const labels = { chain: end.chain, last_sequence: end.place.sequence, known_sequence: known?.sequence };
    const { text, place } = chainLine(this.#options.own('audit.lines_missing', labels), known ?? end.place);
    const isWithinLine = end.torn !== undefined && !end.torn.endsLine;
    return this.#put(end, `${isWithinLine ? '\n' : ''}${text}`, place);
  }

  /** Begins what has to be begun, and says in the chain what was found: a new file, a torn line. */
  async #prepare(end: KnownEnd): Promise<KnownEnd> {
    if (end.torn !== undefined) return this.#markTorn(end);
    if (end.size === 0) return this.#beginFile(end);
    const isDue = end.size >= this.#options.maxFileBytes || this.#options.now() - end.openedAt >= MAX_FILE_AGE_MS;
    if (!isDue || !Number.isFinite(this.#options.maxFileBytes)) return end;
    return this.#beginFile(await this.#rotate(end));
  }

  async #markTorn(end: KnownEnd): Promise<KnownEnd> {
    const { bytes, sha256, endsLine } = end.torn ?? { bytes: 0, sha256: '', endsLine: true };
    const labels = { chain: end.chain, torn_bytes: bytes, torn_sha256: sha256 };
    const { text, place } = chainLine(this.#options.own('audit.line_torn', labels), end.place);
    return this.#put(end, `${endsLine ? '' : '\n'}${text}`, place);
  }

  async #rotate(end: KnownEnd): Promise<KnownEnd> {
    const { paths, now } = this.#options;
    await this.#file.sync();
    await this.#file.close();
    const name = rotatedName(end.firstSequence, now());
    await rename(paths.current, join(paths.dir, name));
    const firstSequence = end.place.sequence + 1;
    return { ...end, size: 0, inode: 0, firstSequence, openedAt: now(), previousFile: name };
  }

  async #beginFile(end: KnownEnd): Promise<KnownEnd> {
    const { own, key, retentionMs } = this.#options;
    const previous = end.previousFile === undefined ? {} : { previous_file: end.previousFile };
    const labels = { chain: end.chain, key_id: key.keyId, ...previous };
    const { text, place } = chainLine(own('audit.file_begun', labels), end.place);
    const begun = await this.#put(end, text, place);
    return Number.isFinite(retentionMs) ? this.#expire(begun) : begun;
  }

  /** Deletes files past their retention; the chain first says which, and where the rest goes on. */
  async #expire(begun: KnownEnd): Promise<KnownEnd> {
    const { paths, own, now, retentionMs } = this.#options;
    let end = begun;
    for (const { name, rotatedAt } of await rotatedFiles(paths.dir)) {
      if (now() - rotatedAt <= retentionMs) break;
      const last = await lastLineOf(join(paths.dir, name));
      if (last === undefined) break;
      const labels = { file: name, last_sequence: last.sequence, last_hash: last.hash };
      const { text, place } = chainLine(own('audit.file_expired', labels), end.place);
      end = await this.#put(end, text, place);
      await this.#file.sync();
      await rm(join(paths.dir, name));
    }
    return end;
  }

  async #writeRecords(end: KnownEnd, records: readonly Pending[]): Promise<Written> {
    const texts: string[] = [];
    let place = end.place;
    for (const { fields } of records) {
      const line = this.#chain(fields, place);
      place = line.place;
      texts.push(line.text);
    }
    const data = Buffer.from(texts.join(''));
    const { bytes, error } = await this.#file.write(data);
    if (error === undefined) {
      this.#end = { ...end, size: end.size + data.length, place };
      this.#written = place;
      return { done: records.length };
    }
    // What is there of a line is found as torn by whoever writes next, also by us.
    this.#end = undefined;
    return { done: wholeTexts(texts, bytes), error };
  }

  async #put(end: KnownEnd, text: string, place: Place): Promise<KnownEnd> {
    const data = Buffer.from(text);
    const { error } = await this.#file.write(data);
    if (error !== undefined) throw error;
    const inode = end.inode === 0 ? (await stat(this.#options.paths.current)).ino : end.inode;
    this.#end = { ...end, inode, place, size: end.size + data.length, torn: undefined };
    this.#written = place;
    return this.#end;
  }

  #chain(fields: Pending['fields'], place: Place) {
    try {
      return chainLine(fields, place);
    } catch {
      // A value that JSON cannot say must not stop the trail, nor vanish from it.
      return chainLine(this.#options.own('audit.record_unreadable', { of: String(fields['event.action']) }), place);
    }
  }
}
