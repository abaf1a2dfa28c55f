import type { Config } from '../config/schema.ts';
import { ServiceError } from '../errors/service-error.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ChainFile } from './chain-file.ts';
import { eventKindOf } from './event-kind.ts';
import { type AuditPaths, auditPaths } from './files.ts';
import type { SignedHead } from './head.ts';
import { type AuditKeys, ensureAuditKeys } from './keys.ts';
import { createRecorder, type Fields, type Recorder } from './recorder.ts';

export interface TrailOptions {
  /** `dataPaths(data).audit`. */
  readonly dir: string;
  /** `dataPaths(data).keys`. */
  readonly keysDir: string;
  readonly serviceName: string;
  readonly version: string;
  readonly config: Pick<Config['audit'], 'onFailure' | 'maxFileBytes' | 'retentionDays' | 'headIntervalMs'>;
  /** Absent in a process that only adds a line or two: it begins no new files, deletes none, and signs when it stops. */
  readonly telemetry?: Pick<Telemetry, 'counter'>;
  /** Told once when writing begins to fail and once when it works again. */
  readonly report: (problem: { readonly isFailing: boolean; readonly reason: string }) => void;
  readonly isVisitor?: boolean;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** One chain of records on disk, written by every process of an installation. */
export interface AuditTrail {
  readonly paths: AuditPaths;
  readonly keys: AuditKeys;
  /** Takes a record and never waits, throws or loses the order; `event.action` is a noun and a past verb. */
  append(action: string, fields?: Fields, message?: string): void;
  /** Throws ERR_AUDIT_UNAVAILABLE while nothing can be recorded and `onFailure` says that nothing may be done then. */
  check(): void;
  /** Resolves when all that was taken is on the disk; rejects where it cannot be written. */
  flush(): Promise<void>;
  /** Signs the end of the chain as it is now. */
  signHead(): Promise<SignedHead>;
  /** Writes what waits, signs the end, closes. May be called twice. */
  stop(): Promise<void>;
}

/** Records are gathered this long: one write of many costs the service less than many of one. */
const GATHER_MS = 20;
const SYNC_MS = 1000;
const RETRY_MS = 1000;
const MAX_BATCH = 256;
/** More than this waits only where the disk does not keep up. */
const MAX_WAITING = 20_000;
const DAY_MS = 86_400_000;
const RETRY_AFTER_SECONDS = 5;

/** Opens the trail of a data folder, made where there is none. Rejects where it cannot be written and must be. */
export const openTrail = async (options: TrailOptions): Promise<AuditTrail> => {
  const paths = auditPaths(options.dir);
  const keys = await ensureAuditKeys(options.keysDir, paths);
  const trail = new ChainTrail(options, paths, keys);
  if (options.isVisitor !== true) await trail.begin();
  return trail;
};

class ChainTrail implements AuditTrail {
  readonly paths: AuditPaths;
  readonly keys: AuditKeys;
  readonly #options: TrailOptions;
  readonly #recorder: Recorder;
  readonly #file: ChainFile;
  readonly #waiting: Fields[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #headTimer: NodeJS.Timeout | undefined;
  #failure: { readonly reason: string; readonly since: number } | undefined;
  #lost = 0;
  #refused = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: TrailOptions, paths: AuditPaths, keys: AuditKeys) {
    const { config, now = Date.now, isVisitor = false } = options;
    this.#options = options;
    this.paths = paths;
    this.keys = keys;
    this.#recorder = createRecorder({ ...options, now });
    this.#file = new ChainFile({
      paths,
      key: keys,
      maxFileBytes: isVisitor ? Number.POSITIVE_INFINITY : config.maxFileBytes,
      retentionMs: isVisitor ? Number.POSITIVE_INFINITY : config.retentionDays * DAY_MS,
      own: (action, labels) => this.#recorder.record(action, { labels }),
      now,
    });
  }

  /** The first record shows whether there is a trail to write; from then on the end is signed in turn. */
  async begin(): Promise<void> {
    const { config } = this.#options;
    this.append('audit.started');
    await this.#writeAll();
    if (this.#failure !== undefined && config.onFailure === 'refuse') {
      await this.#file.close();
      throw unavailable(`audit: expected to write ${this.paths.current}, got ${this.#failure.reason}`);
    }
    this.#headTimer = setInterval(
      () => void this.signHead().catch((error) => this.#fail(error)),
      config.headIntervalMs,
    );
    this.#headTimer.unref();
  }

  append(action: string, fields: Fields = {}, message?: string): void {
    if (this.#stopped !== undefined || this.#waiting.length >= MAX_WAITING) return this.#lose(1);
    this.#waiting.push(this.#recorder.record(action, fields, message));
    this.#writeIn(GATHER_MS);
  }

  check(): void {
    if (this.#options.config.onFailure === 'continue') return;
    if (this.#failure === undefined && this.#waiting.length < MAX_WAITING / 2) return;
    this.#refused += 1;
    throw unavailable('the audit trail cannot be written, and nothing may be done without it');
  }

  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      await this.#writeAll();
      if (this.#failure !== undefined) throw unavailable(`audit: cannot be written (${this.#failure.reason})`);
    }
    await this.#file.sync();
  }

  async signHead(): Promise<SignedHead> {
    await this.flush();
    const head = await this.#file.appendHead();
    this.#count('audit.head_signed');
    return head;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    for (const timer of [this.#timer, this.#syncTimer, this.#headTimer]) clearTimeout(timer);
    try {
      await this.signHead();
    } catch (error) {
      this.#fail(error);
      this.#lose(this.#waiting.splice(0).length);
    } finally {
      await this.#file.close().catch(() => undefined);
    }
  }

  #writeIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined || this.#stopped !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#writeAll();
    }, delayMs).unref();
  }

  /** One write at a time; whoever comes meanwhile waits for the same. Never rejects. */
  #writeAll(): Promise<void> {
    this.#writing ??= this.#writeBatches().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#writeIn(this.#failure === undefined ? GATHER_MS : RETRY_MS);
    });
    return this.#writing;
  }

  async #writeBatches(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH);
      const { done, error } = await this.#file.append(batch.map((fields) => ({ fields })));
      this.#waiting.splice(0, done);
      for (const fields of batch.slice(0, done)) this.#count(String(fields['event.action']), fields['event.outcome']);
      if (error !== undefined) return this.#fail(error);
      this.#recover();
      this.#syncSoon();
    }
  }

  #syncSoon(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      void this.#file.sync().catch((error) => this.#fail(error));
    }, SYNC_MS).unref();
  }

  #count(action: string, outcome: unknown = 'success'): void {
    const known = OUTCOMES.find((candidate) => candidate === outcome) ?? 'unknown';
    this.#options.telemetry?.counter('auditRecords', { event: eventKindOf(action), outcome: known });
  }

  #lose(records: number): void {
    if (records === 0) return;
    this.#lost += records;
    this.#options.telemetry?.counter('auditFailures', { part: 'lost' }, records);
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.telemetry?.counter('auditFailures', { part: 'write' });
    if (this.#failure !== undefined) return;
    this.#failure = { reason, since: performance.now() };
    this.#options.report({ isFailing: true, reason });
    // A record that waits is what the next attempt is made for.
    this.append('audit.write_failed', { 'event.outcome': 'failure', 'error.message': reason });
  }

  #recover(): void {
    if (this.#failure === undefined) return;
    const { reason, since } = this.#failure;
    this.#failure = undefined;
    const labels = { lost: this.#lost, refused: this.#refused, failed_ms: Math.round(performance.now() - since) };
    this.#lost = 0;
    this.#refused = 0;
    this.append('audit.write_recovered', { labels });
    this.#options.report({ isFailing: false, reason });
  }
}

const OUTCOMES = ['success', 'failure', 'unknown'] as const;

const unavailable = (message: string): ServiceError =>
  new ServiceError('ERR_AUDIT_UNAVAILABLE', `${message}; make room, or mend the permissions of the audit folder`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
