import type { RedactionConfig } from '../../../../core/config/schema.ts';
import { explain } from '../explain.ts';
import type { RedactionDirection } from '../redactor.ts';
import { configuredRules, openRules } from './engine.ts';
import { actionOf, type PolicyAction, policiesOf } from './policy.ts';

/** Something in a text that somebody looks at: where it is and why it is a match or none, never what it is. */
export interface ExplainedPlace {
  readonly rule: string;
  /** What the policy does to it; `none`: it only looks like a match. */
  readonly action: PolicyAction | 'none';
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly offset: number;
  readonly length: number;
  /** Letters as `x`, digits as `9`. */
  readonly shape: string;
  /** A guess from wording rather than a proof. */
  readonly isHeuristic: boolean;
  readonly why: string;
}

interface How {
  readonly policy: string;
  readonly direction: RedactionDirection;
}

/** Redacts one whole text as the service would with this policy; throws where the policy blocks it. */
export const redactOnce = (text: string, config: RedactionConfig, how: How): string => {
  const engine = openRules(config);
  const redactor = engine.redactor(actionsOf(config, how));
  const pseudonyms = how.direction === 'request' ? engine.pseudonyms() : undefined;
  return redactor === undefined ? text : redactor.redact(text, pseudonyms).text;
};

/** What the rules find in a text and what they leave, and why. */
export const explainOnce = (text: string, config: RedactionConfig, how: How): readonly ExplainedPlace[] => {
  const { rules, customRules } = configuredRules(config);
  const action = actionsOf(config, how);
  const place = createPlaces(text);
  return explain(text, rules, customRules).map(
    ({ rule, pack, start: offset, length, shape, isHeuristic, isMatch, why }) => ({
      rule,
      action: isMatch ? action({ id: rule, pack }) : 'none',
      ...place(offset),
      offset,
      length,
      shape,
      isHeuristic,
      why,
    }),
  );
};

const actionsOf = (config: RedactionConfig, { policy, direction }: How) => {
  const chosen = policiesOf(config)[policy];
  const policies = chosen === undefined ? [] : [chosen];
  return (rule: { readonly id: string; readonly pack: string }) => actionOf(policies, direction, rule);
};

/** Where an offset is; to be asked in rising order. */
const createPlaces = (text: string) => {
  let line = 1;
  let begin = 0;
  return (offset: number): { readonly line: number; readonly column: number } => {
    for (let end = text.indexOf('\n', begin); end !== -1 && end < offset; end = text.indexOf('\n', begin)) {
      line += 1;
      begin = end + 1;
    }
    return { line, column: offset - begin + 1 };
  };
};

/** A line for each, as compilers write them. */
export const describePlaces = (file: string, places: readonly ExplainedPlace[]): string => {
  if (places.length === 0) return `${file}: nothing found\n`;
  return places.map((place) => `${file}:${place.line}:${place.column}: ${describePlace(place)}\n`).join('');
};

const describePlace = ({ rule, action, length, shape, isHeuristic, why }: ExplainedPlace): string => {
  const what = action === 'none' ? 'left' : `${action}${isHeuristic ? ', a guess' : ''}`;
  return `${rule} (${length} characters, ${what}): ${shape}: ${why}`;
};
