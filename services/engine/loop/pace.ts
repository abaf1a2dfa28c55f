/** What one step computed and took. */
export interface StepFacts {
  readonly ms: number;
  /** Answers that got a token each, or guesses beside it: all tokens whose successor was asked for. */
  readonly outputs: number;
  /** Prompt tokens, beside those. */
  readonly promptTokens: number;
}

/** How fast this machine is with this model, as measured lately. */
export interface Pace {
  /** Of one prompt token; absent until measured. */
  readonly promptMs: number | undefined;
  /** Of one answer, from its slot to its end. */
  readonly serviceMs: number | undefined;
  /** Of one answer. */
  readonly answerTokens: number | undefined;
  /** A step of so many outputs and no prompt; absent until such a one was computed. */
  measuredMs(outputs: number): number | undefined;
  /** The same, guessed from other widths where it must; absent until one of them was measured. */
  stepMs(outputs: number): number | undefined;
  observe(step: StepFacts): void;
  /** An answer has ended. */
  finish(serviceMs: number, tokens: number): void;
}

/** How much a new measurement counts against those before it. */
const NEW_WEIGHT = 0.2;
/** One that is so many times the usual tells of another process, not of this model. */
const MOST_JUMP = 4;
/** Fewer prompt tokens than this say nothing about their price; alone, they bear what a step costs in any case. */
const TELLING_TOKENS = 4;
const TELLING_ALONE = 32;
/** The share of a step's time that does not grow with its outputs, where nothing better is known. */
const FIXED_SHARE = 0.5;

/** Nothing is known yet. */
export const createPace = (): Pace => {
  /** By number of outputs. */
  const steps: (number | undefined)[] = [];
  let promptMs: number | undefined;
  let serviceMs: number | undefined;
  let answerTokens: number | undefined;

  const stepMs = (outputs: number): number | undefined => {
    const known = steps[outputs];
    if (known !== undefined) return known;
    const nearest = nearestKnown(steps, outputs);
    const ms = nearest === undefined ? undefined : steps[nearest];
    if (nearest === undefined || ms === undefined) return undefined;
    return ms * (FIXED_SHARE + ((1 - FIXED_SHARE) * outputs) / nearest);
  };

  return {
    get promptMs() {
      return promptMs;
    },
    get serviceMs() {
      return serviceMs;
    },
    get answerTokens() {
      return answerTokens;
    },
    measuredMs: (outputs) => steps[outputs],
    stepMs,
    observe({ ms, outputs, promptTokens }) {
      if (promptTokens === 0) {
        if (outputs > 0) steps[outputs] = mixed(steps[outputs], ms);
        return;
      }
      const others = outputs === 0 ? 0 : stepMs(outputs);
      if (others === undefined || promptTokens < (outputs === 0 ? TELLING_ALONE : TELLING_TOKENS)) return;
      promptMs = mixed(promptMs, Math.max(0, ms - others) / promptTokens);
    },
    finish(ms, tokens) {
      serviceMs = mixed(serviceMs, ms);
      answerTokens = mixed(answerTokens, tokens);
    },
  };
};

const mixed = (known: number | undefined, measured: number): number => {
  if (known === undefined || known === 0) return measured;
  return known + (Math.min(measured, known * MOST_JUMP) - known) * NEW_WEIGHT;
};

const nearestKnown = (steps: readonly (number | undefined)[], outputs: number): number | undefined => {
  for (let away = 1; away < steps.length + outputs; away += 1) {
    if (steps[outputs - away] !== undefined) return outputs - away;
    if (steps[outputs + away] !== undefined) return outputs + away;
  }
  return undefined;
};
