/** What of a model decides how long a step takes. */
export interface ModelShape {
  readonly weightsBytes: number;
  readonly parameters: number;
  readonly layers: number;
}

/** The time of a step that gives each of so many sequences a token. */
export interface StepTime {
  readonly sequences: number;
  readonly seconds: number;
}

/** A machine as a roofline sees it. */
export interface Roofline {
  /** Weights read from memory. */
  readonly bytesPerSecond: number;
  /** Arithmetic on one weight for one token. */
  readonly secondsPerWeight: number;
  /** What a layer costs in every step, whatever its size: the threads meet dozens of times in it. */
  readonly secondsPerLayer: number;
}

/** What is around the layers (embedding, output, the graph itself) costs about as much as so many of them. */
const LAYERS_AROUND = 4;

/**
 * A step takes the fixed cost of its layers and then whichever is longer: reading all weights once, or the arithmetic of
 * all sequences. Steps of many sequences are bound by arithmetic, so two of them tell what a weight costs; what the
 * step of one sequence takes beyond the longer of the two is the fixed cost.
 */
export const calibrate = (shape: ModelShape, steps: readonly StepTime[], bytesPerSecond: number): Roofline => {
  const [few, many] = steps.filter(({ sequences }) => sequences > 1).toSorted((a, b) => a.sequences - b.sequences);
  const one = steps.find(({ sequences }) => sequences === 1);
  if (few === undefined || many === undefined || one === undefined)
    throw new TypeError('steps of 1 and of two larger numbers');
  const slope = (many.seconds - few.seconds) / (many.sequences - few.sequences);
  const secondsPerWeight = Math.max(0, slope) / shape.parameters;
  const moved = shape.weightsBytes / bytesPerSecond;
  const work = Math.max(moved, shape.parameters * secondsPerWeight);
  if (work <= one.seconds) {
    return { bytesPerSecond, secondsPerWeight, secondsPerLayer: (one.seconds - work) / (shape.layers + LAYERS_AROUND) };
  }
  // Faster than what was measured allows: the weights lie in caches, or the moment was noisy.
  const scale = one.seconds / work;
  return { bytesPerSecond: bytesPerSecond / scale, secondsPerWeight: secondsPerWeight * scale, secondsPerLayer: 0 };
};

/** Seconds of one step. */
export const stepSeconds = (roofline: Roofline, shape: ModelShape, sequences: number): number => {
  const { bytesPerSecond, secondsPerWeight, secondsPerLayer } = roofline;
  const fixed = secondsPerLayer * (shape.layers + LAYERS_AROUND);
  return fixed + Math.max(shape.weightsBytes / bytesPerSecond, shape.parameters * secondsPerWeight * sequences);
};

/** Tokens per second, as far as they can be told. */
export interface Forecast {
  /** Absent where nothing was calibrated. */
  readonly expected?: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Foretold against measured for a model of a ninth of the size (`npm run bench -- doctor`, its calmest round on two busy cores):
 * 3 % off for one sequence, 1.6 times too high for eight. What a noisy moment adds is on top.
 */
const CALIBRATED_SPREAD = 1.6;
/** Shares of the bandwidth that engines reach, small models to large ones. */
const LEAST_SHARE = 0.3;
const MOST_SHARE = 0.9;

export const forecastWith = (roofline: Roofline, shape: ModelShape, sequences: number): Forecast => {
  const expected = sequences / stepSeconds(roofline, shape, sequences);
  return { expected, low: expected / CALIBRATED_SPREAD, high: expected * CALIBRATED_SPREAD };
};

/** From bandwidth alone: a range, because it is wrong by three times for small models. */
export const forecastWithout = (bytesPerSecond: number, shape: ModelShape): Forecast => {
  const bound = bytesPerSecond / shape.weightsBytes;
  return { low: bound * LEAST_SHARE, high: bound * MOST_SHARE };
};
