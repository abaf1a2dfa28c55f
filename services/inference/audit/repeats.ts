/** A refusal that nobody with a credential caused. */
export interface Repeated {
  readonly address: string;
  readonly errorCode: string;
  readonly count: number;
}

type Count = { -readonly [Name in keyof Repeated]: Repeated[Name] };

interface Options {
  /** Told what came more often than it was recorded, when the time is over. */
  readonly onRepeated: (repeated: Repeated) => void;
}

const PERIOD_MS = 60_000;
const SINGLE_RECORDS = 20;
const MAX_SOURCES = 1000;
/** Stands for all addresses beyond those that are counted apart. */
export const MANY = 'many';

/**
 * Keeps strangers from filling the disk: of refusals without a credential each address has so many records a minute, the
 * rest is one record that counts them. None is left out of the count.
 */
export const createRepeats = ({ onRepeated }: Options) => {
  let counts = new Map<string, Count>();
  const settle = (): void => {
    const ended = counts;
    counts = new Map();
    for (const entry of ended.values()) {
      if (entry.count > SINGLE_RECORDS) onRepeated({ ...entry, count: entry.count - SINGLE_RECORDS });
    }
  };
  const begin = (from: string, errorCode: string): Count => {
    const address = counts.size < MAX_SOURCES ? from : MANY;
    const key = `${address} ${errorCode}`;
    const begun = counts.get(key) ?? { address, errorCode, count: 0 };
    counts.set(key, begun);
    return begun;
  };
  const timer = setInterval(settle, PERIOD_MS).unref();
  return {
    /** False: it is counted and needs no record of its own. */
    isWorthRecord(address: string, errorCode: string): boolean {
      const seen = counts.get(`${address} ${errorCode}`) ?? begin(address, errorCode);
      seen.count += 1;
      return seen.count <= SINGLE_RECORDS;
    },
    stop(): void {
      clearInterval(timer);
      settle();
    },
  };
};
