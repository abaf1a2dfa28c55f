import type { ScriptedOptions } from './options.ts';

/** What happens to a sequence next. */
export type Fate = 'token' | 'stop' | 'length' | 'fail' | 'hang' | 'crash' | 'garbage';

export type Faults = Pick<ScriptedOptions, 'failAfterTokens' | 'hangAfterTokens' | 'crashAfterTokens' | 'wrongBytes'>;

export interface Progress {
  /** Tokens sent so far. */
  readonly sent: number;
  readonly limit: number;
  readonly isDone: boolean;
  /** Drawn by `failRate` when it started. */
  readonly isDoomed: boolean;
}

/** Decides what a sequence does next; a fault comes right after its token, also when that was the last. */
export const fateOf = ({ sent, limit, isDone, isDoomed }: Progress, faults: Faults): Fate => {
  if (sent === faults.crashAfterTokens) return 'crash';
  if (sent === faults.hangAfterTokens) return 'hang';
  if (sent === faults.failAfterTokens || (isDoomed && sent === 0)) return 'fail';
  if (faults.wrongBytes !== false && sent === 0) return 'garbage';
  if (isDone) return 'stop';
  return sent >= limit ? 'length' : 'token';
};

/** The readiness probe of the host is spared: an engine that fails requests must become ready first. */
export const NO_FAULTS: Faults = {
  failAfterTokens: null,
  hangAfterTokens: null,
  crashAfterTokens: null,
  wrongBytes: false,
};
