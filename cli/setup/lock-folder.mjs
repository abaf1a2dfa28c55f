import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** @typedef {{ pid: number, startedAt: string | undefined, host: string }} Owner */

const POLL_MS = 200;
const OWNER_FILE = 'owner.json';

/**
 * Runs `work` while no other process holds the lock folder at `path`. A holder that is gone loses it.
 * @template T
 * @param {string} path @param {() => Promise<T>} work @param {(owner: Owner) => void} onWait told once, when it must wait
 * @returns {Promise<T>}
 */
export const withLockFolder = async (path, work, onWait) => {
  for (let told = false; !take(path); ) {
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) {
      removeStale(path, owner);
      continue;
    }
    if (owner !== undefined && !told) onWait(owner);
    told ||= owner !== undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  // Also on process.exit(), so that a set-up that is interrupted leaves nothing behind.
  const release = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
};

/**
 * A folder with its owner already in it is renamed into place, so that nobody ever sees a lock without one.
 * @param {string} path
 */
const take = (path) => {
  mkdirSync(dirname(path), { recursive: true });
  const prepared = mkdtempSync(`${path}.`);
  const owner = { pid: process.pid, startedAt: startOf(process.pid), host: hostname() };
  writeFileSync(join(prepared, OWNER_FILE), JSON.stringify(owner));
  try {
    renameSync(prepared, path);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error))) return false;
    throw error;
  }
};

/**
 * Moved aside first: a plain removal could hit the lock of a third process that has just replaced the stale one.
 * @param {string} path @param {Owner} stale
 */
const removeStale = (path, stale) => {
  const aside = mkdtempSync(`${path}.stale.`);
  const moved = join(aside, 'lock');
  try {
    renameSync(path, moved);
    const owner = readOwner(moved);
    if (owner !== undefined && !isSame(owner, stale)) renameSync(moved, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
};

/** @param {string} path @returns {Owner | undefined} */
const readOwner = (path) => {
  try {
    return JSON.parse(readFileSync(join(path, OWNER_FILE), 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Whether the owner still runs. One on another host sharing this folder cannot be seen from here and counts as alive.
 * @param {Owner} owner
 */
export const isAlive = (owner) => {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return owner.startedAt === startOf(owner.pid);
};

/** @param {Owner} one @param {Owner} other */
const isSame = (one, other) => one.pid === other.pid && one.startedAt === other.startedAt && one.host === other.host;

/**
 * When a process started, in the kernel's own words: a process id alone may have been given to somebody else since.
 * @param {number} pid
 */
const startOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
};

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');
