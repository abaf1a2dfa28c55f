import type { Pseudonyms, Redactor } from '../redactor.ts';
import type { PolicyAction, RuleName } from './policy.ts';
import type { TextTransform } from './text-transform.ts';

/** The rules of a configuration, compiled. */
export interface RuleEngine {
  readonly rules: readonly RuleName[];
  /** Undefined: nothing is looked for. */
  redactor(actionOf: (rule: RuleName) => PolicyAction): Redactor | undefined;
  /** For one request. */
  pseudonyms(): Pseudonyms;
  /** Puts values back where their tokens stand, in a text that comes in pieces. */
  restorer(pseudonyms: Pick<Pseudonyms, 'valueOf'>): TextTransform;
}
