import { Session } from 'node:inspector';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds once all garbage is gone. */
export interface Held {
  readonly heapBytes: number;
  /** Buffers and the like, outside the heap of JavaScript. */
  readonly externalBytes: number;
  /** Entries of all Maps and Sets together, and of the largest of them. */
  readonly entries: number;
  readonly largest: number;
}

/** Collects all garbage and looks at what is left; the process stands still meanwhile. */
export const readHeld = (): Held => {
  const counts = countEntries();
  setFlagsFromString('--expose-gc');
  // Safe: the flag makes it a global of every new context.
  const collect = runInNewContext('gc') as () => void;
  // What finalizers free is gone with the second.
  collect();
  collect();
  return { ...counts, heapBytes: getHeapStatistics().used_heap_size, externalBytes: process.memoryUsage().external };
};

// A sum over whatever is reachable: no list of maps to keep up to date, and none that is forgotten. The prototypes of
// subclasses are found, too, and have no size.
const SUM = `function () {
  const sizeOf = (found) => { try { return Number(found.size); } catch { return 0; } };
  const sizes = this.map(sizeOf);
  return [sizes.reduce((a, b) => a + b, 0), sizes.reduce((a, b) => Math.max(a, b), 0)];
}`;

const countEntries = (): Pick<Held, 'entries' | 'largest'> => {
  const session = new Session();
  session.connect();
  try {
    const [maps, sets] = [countIn(session, 'Map'), countIn(session, 'Set')];
    return { entries: maps[0] + sets[0], largest: Math.max(maps[1], sets[1]) };
  } finally {
    session.disconnect();
  }
};

const countIn = (session: Session, type: 'Map' | 'Set'): readonly [number, number] => {
  // An inspector of the same thread answers before `post` returns.
  let sums: readonly [number, number] = [0, 0];
  const group = { objectGroup: 'held' };
  session.post('Runtime.evaluate', { expression: `${type}.prototype`, ...group }, (_error, found) => {
    session.post(
      'Runtime.queryObjects',
      { prototypeObjectId: found?.result.objectId ?? '', ...group },
      (_failed, all) => {
        const objectId = all?.objects.objectId ?? '';
        session.post(
          'Runtime.callFunctionOn',
          { objectId, functionDeclaration: SUM, returnByValue: true },
          (_wrong, sum) => {
            // Safe: what the function above returns.
            sums = sum?.result.value as [number, number];
          },
        );
      },
    );
  });
  session.post('Runtime.releaseObjectGroup', group);
  return sums;
};
