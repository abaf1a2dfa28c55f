import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Seen, seen, unseen } from '../../core/hardware/check.ts';
import type { Speeds } from '../../core/hardware/facts.ts';

const MIB = 1024 * 1024;
/** Beyond the caches of most processors, together with those of the other threads. */
const BUFFER_BYTES = 128 * MIB;
const BUFFER_SHARE = 1 / 8;
const MEMORY_MS = 150;
const DISK_MS = 400;
const DISK_BYTES = 256 * MIB;
const CHUNK_BYTES = 4 * MIB;
/** Fewer say more about the first access than about the disk. */
const LEAST_DISK_BYTES = 16 * MIB;

/** Short measurements, one after the other: a hint at what to expect, not a benchmark. Nothing is written. */
export const measureSpeeds = async (folder: string, modelFiles: readonly string[]): Promise<Speeds> => ({
  diskRead: await measureDisk(folder, modelFiles),
  memoryBandwidth: await measureMemory(),
});

/** All cores look for a byte that is not there: the C library's search reads as fast as memory gives. */
export const measureMemory = async (): Promise<Seen<number>> => {
  const threads = availableParallelism();
  const room = process.availableMemory() * BUFFER_SHARE;
  const bytes = Math.floor(Math.min(BUFFER_BYTES, room / threads) / MIB) * MIB;
  if (bytes < MIB) return unseen('not enough free memory to measure it');
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('./read-memory.ts', import.meta.url), {
        workerData: { bytes, forMs: MEMORY_MS, threads, gate },
      }),
  );
  try {
    const speeds = await Promise.all(workers.map(answerOf));
    const sum = speeds.reduce((total, each) => total + each, 0);
    return seen(sum, `${threads} threads over ${bytes / MIB} MiB each, ${MEMORY_MS} ms`);
  } catch (error) {
    return unseen(`it could not be measured: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};

const answerOf = (worker: Worker): Promise<number> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('its thread ended')));
  });

/** Reads a file of that disk past the page cache: a model, else the program that runs here. */
const measureDisk = async (folder: string, modelFiles: readonly string[]): Promise<Seen<number>> => {
  const file = await largestOn(folder, [...modelFiles, process.execPath]);
  if (file === undefined) return unseen('no model is here yet whose file could be read for it');
  if (constants.O_DIRECT === undefined) return unseen('this system reads through its cache alone');
  const handle = await open(file, constants.O_RDONLY | constants.O_DIRECT).catch(() => undefined);
  if (handle === undefined) return unseen('its file system reads through the cache alone');
  try {
    // Reads past the cache want memory on a page boundary: V8 reserves whole pages for what may be resized.
    const chunk = new Uint8Array(new ArrayBuffer(CHUNK_BYTES, { maxByteLength: CHUNK_BYTES }));
    const startedAt = performance.now();
    let bytes = 0;
    while (bytes < DISK_BYTES && performance.now() - startedAt < DISK_MS) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, bytes);
      if (bytesRead < CHUNK_BYTES) break;
      bytes += bytesRead;
    }
    if (bytes < LEAST_DISK_BYTES) return unseen('too little was read in the time to say');
    const seconds = (performance.now() - startedAt) / 1000;
    return seen(bytes / seconds, `${Math.round(bytes / MIB)} MiB of ${file.split('/').at(-1)} past the page cache`);
  } catch {
    return unseen('its file system does not read past the cache');
  } finally {
    await handle.close();
  }
};

const largestOn = async (folder: string, files: readonly string[]): Promise<string | undefined> => {
  const place = await stat(folder).catch(() => undefined);
  const facts = await Promise.all(files.map(async (file) => ({ file, stat: await stat(file).catch(() => undefined) })));
  return facts
    .flatMap(({ file, stat: each }) => (each === undefined ? [] : [{ file, dev: each.dev, size: each.size }]))
    .filter(({ dev, size }) => size >= LEAST_DISK_BYTES && (place === undefined || dev === place.dev))
    .toSorted((a, b) => b.size - a.size)[0]?.file;
};
