export interface StopFilter {
  /** What may be sent now; `stopped` once a stop string is complete. */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back, once no more text comes. */
  end(): string;
}

/**
 * Cuts a stream before the first of the stop strings, however it is split into chunks. Only a tail that may still
 * become a stop string is held back.
 */
export const createStopFilter = (stops: readonly string[]): StopFilter => {
  const words = stops.filter((stop) => stop.length > 0);
  let held = '';
  let isStopped = false;

  return {
    push(text) {
      if (isStopped) return { text: '', stopped: true };
      const pending = held + text;
      const at = firstStop(pending, words);
      const cut = at ?? pending.length - longestOpenTail(pending, words);
      isStopped = at !== undefined;
      held = isStopped ? '' : pending.slice(cut);
      return { text: pending.slice(0, cut), stopped: isStopped };
    },
    end() {
      const rest = held;
      held = '';
      return rest;
    },
  };
};

/**
 * Where the text ends: before the stop string that is complete first. Of two that end at the same place the one that
 * began earlier counts. Both depend on the text alone, never on its chunks.
 */
const firstStop = (text: string, stops: readonly string[]): number | undefined => {
  let first: { readonly at: number; readonly end: number } | undefined;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at < 0) continue;
    const end = at + stop.length;
    if (first === undefined || end < first.end || (end === first.end && at < first.at)) first = { at, end };
  }
  return first?.at;
};

/** Length of the longest tail of `text` that is a proper beginning of a stop string. */
const longestOpenTail = (text: string, stops: readonly string[]): number => {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
};
