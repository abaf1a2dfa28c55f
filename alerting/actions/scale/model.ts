/** One thing that tells that there is too little capacity, as a share of what is allowed: 1 is the limit. */
export interface Pressure {
  readonly name: 'time-outs' | 'queue' | 'first token';
  readonly ratio: number;
}

/** What is measured of one model; only fresh values. */
export interface Load {
  readonly pressures: readonly Pressure[];
  /** Replicas that the work of now would fill to a sensible degree; undefined where nothing tells. */
  readonly needed: number | undefined;
}

/** Whether one more would find capacity that nothing uses. */
export type Room = { readonly fits: true } | { readonly fits: false; readonly reason: string };

/** Everything a decision is made from. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How many there are to be now. */
  readonly replicas: number;
  /** As many as the operator's configuration says, where the target knows. */
  readonly configured: number | undefined;
  /** Who changed their number last, where the target knows; undefined: any change that is not ours is a person's. */
  readonly changedBy: 'person' | 'nobody' | undefined;
  readonly room: Room;
  /** An alert that asks for capacity fires. */
  readonly isAlerted: boolean;
  /** Undefined: Prometheus does not answer, or what it knows is too old. */
  readonly load: Load | undefined;
  readonly staleBecause?: string;
}

export interface ScaleBounds {
  readonly min: number;
  readonly max: number;
  /** Most replicas added at once. */
  readonly maxStep: number;
  /** From one change until the next may add. */
  readonly cooldownMs: number;
  /** How long a limit must be passed before anything is added, where no alert fires. */
  readonly sustainMs: number;
  /** How long fewer must have been enough before one is taken away. */
  readonly stabilizationMs: number;
  /** Steps in a row that may fail to help. */
  readonly helpTries: number;
  /** How long a number that a person set is left alone. */
  readonly manualHoldMs: number;
}

/** What is remembered of one model from look to look; plain data, kept over restarts. */
export interface ScaleState {
  /** The number of the last look, or that we set since. */
  readonly seen?: number | undefined;
  readonly configured?: number | undefined;
  /** What a person wants: never fewer. */
  readonly floor?: number | undefined;
  readonly manualUntil?: number | undefined;
  /** Our last change, and what a step out was made for. */
  readonly stepAt?: number | undefined;
  /** The number before it, until the one we set has been seen. */
  readonly pendingFrom?: number | undefined;
  readonly step?: Pressure | undefined;
  readonly fruitless: number;
  readonly lastInAt?: number | undefined;
  /** Times in a row that a scale-in had to be taken back. */
  readonly relapses: number;
  /** Since when a limit has been passed, and since when fewer would do, without a break. */
  readonly hotSince?: number | undefined;
  readonly calmSince?: number | undefined;
}

export const NEW_STATE: ScaleState = { fruitless: 0, relapses: 0 };

export type ScaleDecision =
  | { readonly kind: 'out' | 'in'; readonly from: number; readonly to: number; readonly reason: string }
  | {
      readonly kind: 'nothing';
      readonly why: 'stale' | 'manual' | 'max' | 'cooldown' | 'no_help' | 'no_capacity' | 'steady';
      readonly reason: string;
    };

/** The one that presses most. */
export const pressureOf = ({ pressures }: Load): Pressure | undefined =>
  pressures.reduce<Pressure | undefined>(
    (most, one) => (most === undefined || one.ratio > most.ratio ? one : most),
    undefined,
  );
