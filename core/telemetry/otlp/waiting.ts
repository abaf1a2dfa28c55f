/** Why something was not sent: there was no room to wait, or the collector did not take it. */
export type Loss = 'queue' | 'export';

export interface Waiting {
  /** True: there is room for one more, which now waits. False: it is lost. */
  enter(): boolean;
  /** So many are on their way. */
  leave(count: number): void;
  lost(count: number): void;
}

/**
 * Counts what waits for an export and what is lost, because the processors of the SDK drop in silence. Turns away what they
 * would drop, so that the two never differ.
 */
export const createWaiting = (limit: number, onLoss: (why: Loss, count: number) => void): Waiting => {
  let waiting = 0;
  return {
    enter() {
      if (waiting >= limit) {
        onLoss('queue', 1);
        return false;
      }
      waiting += 1;
      return true;
    },
    leave(count) {
      waiting -= count;
    },
    lost(count) {
      if (count > 0) onLoss('export', count);
    },
  };
};
