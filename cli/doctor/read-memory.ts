import { parentPort, workerData } from 'node:worker_threads';

interface Work {
  readonly bytes: number;
  readonly forMs: number;
  readonly threads: number;
  /** Counts the threads that are ready: all of them read at the same time. */
  readonly gate: Int32Array;
}

const WAIT_MS = 2000;
const FILL = 0xff;
const ABSENT = 0;

/** The thread that reads its buffer over and over, and tells how many bytes a second. */
const { bytes, forMs, threads, gate } = workerData as Work; // given by `measureMemory`
// Memory that was never written is one page of zeros.
const buffer = Buffer.alloc(bytes, FILL);
if (Atomics.add(gate, 0, 1) + 1 === threads) Atomics.notify(gate, 0);
else
  while (Atomics.load(gate, 0) < threads)
    if (Atomics.wait(gate, 0, Atomics.load(gate, 0), WAIT_MS) === 'timed-out') break;
const startedAt = performance.now();
let read = 0;
while (performance.now() - startedAt < forMs) {
  if (buffer.indexOf(ABSENT) !== -1) throw new Error('memory does not hold what was written');
  read += bytes;
}
parentPort?.postMessage((read * 1000) / (performance.now() - startedAt));
