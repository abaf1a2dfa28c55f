/** What routing knows of one ready replica. */
export interface Load {
  /** Requests it has now, running or waiting inside it. */
  readonly inFlight: number;
  readonly slots: number;
  /** Time per token it has lately needed; `undefined` when nobody knows. */
  readonly paceMs: number | undefined;
}

/** Waits that differ by less than this are taken for equal: measured times are never exactly so. */
const TIE = 1.1;

/**
 * Index of the replica with the least expected wait, counting the request at hand; `turn` rotates among equals.
 * `undefined` when there is none.
 */
export const chooseReplica = (loads: readonly Load[], turn: number): number | undefined => {
  const only = loads.length === 1 ? 0 : undefined;
  if (only !== undefined) return only;
  const typicalMs = meanPaceMs(loads);
  const waits = loads.map((load) => (load.paceMs ?? typicalMs) * ((load.inFlight + 1) / load.slots));
  const limit = Math.min(...waits) * TIE;
  const equals = waits.flatMap((wait, index) => (wait <= limit ? [index] : []));
  return equals[turn % equals.length];
};

// A replica that has not answered lately is assumed to be like the others.
const meanPaceMs = (loads: readonly Load[]): number => {
  const known = loads.flatMap((load) => (load.paceMs === undefined ? [] : [load.paceMs]));
  return known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
};
