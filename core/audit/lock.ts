import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const BUSY = 5;
const FIRST_WAIT_MS = 1;
const MAX_WAIT_MS = 20;
const GIVE_UP_MS = 10_000;

/**
 * Keeps the writers of a trail apart: the gateway and the command line. It is the file lock of an empty SQLite database,
 * because the system itself frees that when a process dies, in whatever way; a lock that is a file would stay behind
 * after a kill. Taking and giving it costs about ten microseconds.
 */
export class TrailLock {
  readonly #file: string;
  #db: DatabaseSync | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** Runs `work` while no other process and no other call holds the lock. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const held = this.#turn.then(() => this.#holdNow(work));
    this.#turn = held.catch(() => undefined);
    return held;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#db?.close();
    this.#db = undefined;
  }

  async #holdNow<T>(work: () => Promise<T>): Promise<T> {
    const db = this.#open();
    await take(db);
    try {
      return await work();
    } finally {
      if (db.isOpen) db.exec('ROLLBACK');
    }
  }

  #open(): DatabaseSync {
    if (this.#db !== undefined) return this.#db;
    closeSync(openSync(this.#file, 'a', 0o640));
    // Nothing is ever written into it, so no journal appears beside it.
    this.#db = new DatabaseSync(this.#file, { timeout: 0 });
    return this.#db;
  }
}

const take = async (db: DatabaseSync): Promise<void> => {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
    try {
      return db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
    }
    await sleep(waitMs);
  }
};

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === BUSY;
