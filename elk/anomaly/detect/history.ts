/** Values of one series by slot: the number of the interval since 1970. What is missing is NaN. Bounded: the oldest go. */
export interface History {
  /** Slot of `values[0]`. */
  first: number;
  /** Slots that are used, from `first`. */
  length: number;
  /** Grows with use, up to `most`. */
  values: Float32Array;
  readonly most: number;
}

const FIRST_ROOM = 256;

export const newHistory = (most: number): History => ({
  first: 0,
  length: 0,
  values: new Float32Array(Math.min(FIRST_ROOM, most)),
  most,
});

/** The value of a slot; NaN where there is none. */
export const valueAt = ({ first, length, values }: History, slot: number): number => {
  const at = slot - first;
  return at >= 0 && at < length ? (values[at] ?? Number.NaN) : Number.NaN;
};

/** Writes a slot that is newer than all that are there; older ones are left as they are. */
export const append = (history: History, slot: number, value: number): void => {
  if (history.length === 0 || slot - history.first - history.length >= history.most) {
    history.first = slot;
    history.length = 0;
  }
  const at = slot - history.first;
  if (at < history.length) return;
  const place = at < history.most ? at : makeRoom(history, at);
  if (place >= history.values.length) grow(history, place + 1);
  history.values.fill(Number.NaN, history.length, place);
  history.values[place] = value;
  history.length = place + 1;
};

/** Forgets the oldest sixteenth at once: one move for many appends. */
const makeRoom = (history: History, at: number): number => {
  const drop = Math.max(at - history.most + 1, history.most >> 4);
  history.values.copyWithin(0, drop, history.length);
  history.first += drop;
  history.length = Math.max(0, history.length - drop);
  return at - drop;
};

const grow = (history: History, wanted: number): void => {
  const larger = new Float32Array(Math.min(history.most, Math.max(wanted, 2 * history.values.length)));
  larger.set(history.values.subarray(0, history.length));
  history.values = larger;
};

/** The finite values from `slot - back` to before `slot`. */
export const recent = (history: History, slot: number, back: number): number[] => {
  const found: number[] = [];
  for (let at = slot - back; at < slot; at += 1) {
    const value = valueAt(history, at);
    if (!Number.isNaN(value)) found.push(value);
  }
  return found;
};

/** Moves all that is known: what was news for long enough is how things are. */
export const shift = (history: History, by: number, lowest: number): void => {
  for (let at = 0; at < history.length; at += 1) {
    history.values[at] = Math.max(lowest, (history.values[at] ?? Number.NaN) + by);
  }
};
