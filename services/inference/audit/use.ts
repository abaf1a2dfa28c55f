import { type Outcome, outcomeOf } from '../../../core/errors/outcome.ts';
import type { Caller } from '../call.ts';
import type { InferenceFacts } from './facts.ts';
import type { Ending } from './record.ts';

/** What one request used, whose it was and how it ended; the numbers of its record. */
export interface Use extends Pick<Caller, 'keyId' | 'tenant'> {
  readonly model: string | undefined;
  readonly scenario: string | undefined;
  /** `submitted`: it became a job, whose run is a use of its own. */
  readonly outcome: Outcome | 'submitted';
  readonly isCacheHit: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

/** What is not known was not used. */
export const useOf = (
  { keyId, tenant }: Pick<Caller, 'keyId' | 'tenant'>,
  facts: InferenceFacts,
  ending: Ending,
): Use => ({
  keyId,
  tenant,
  model: facts.model,
  // A name that no configuration has is a client's text and may be anything.
  scenario: facts.model === undefined ? undefined : facts.scenario,
  outcome: endOf(ending),
  isCacheHit: facts.cache === 'hit',
  promptTokens: facts.inputTokens ?? 0,
  completionTokens: facts.completionTokens ?? 0,
  cachedTokens: facts.cachedTokens ?? 0,
});

const endOf = ({ errorCode, isGone, isJob }: Ending): Use['outcome'] => {
  if (errorCode !== undefined) return outcomeOf(errorCode, isGone);
  if (isGone) return 'cancelled';
  return isJob ? 'submitted' : 'ok';
};
