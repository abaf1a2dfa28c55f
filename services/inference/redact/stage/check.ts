import { nearestName } from '../../../../core/config/advice.ts';
import type { Finding } from '../../../../core/config/problem.ts';
import type { Config } from '../../../../core/config/schema.ts';
import { compileCustomRule } from '../custom/compile-custom-rule.ts';
import { PatternError } from '../custom/compile-pattern.ts';
import { RULE_PACK_IDS, rulesOf } from '../packs/packs.ts';

type Path = Finding['path'];

const CUSTOM_PACK = 'custom';

/** What is wrong with the packs, rules and policies of a configuration, by path. */
export const checkRedaction = ({ redaction }: Config): readonly Finding[] => [
  ...redaction.packs.flatMap((pack, index) => unknown(['redaction', 'packs', index], pack, RULE_PACK_IDS, 'a pack')),
  ...redaction.rules.flatMap(checkRule),
  ...checkPolicies(redaction),
];

const checkRule = (rule: Config['redaction']['rules'][number], index: number): Finding[] => {
  try {
    compileCustomRule(rule);
    return [];
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return [patternFinding(['redaction', 'rules', index, 'pattern'], error.message)];
  }
};

/** The words of the compiler, taken apart: it says what it expected, what it got and what to do. */
const patternFinding = (path: Path, message: string): Finding => {
  const [, expected = 'a pattern that takes linear time', arrived = 'another', advice = message] =
    /^expected (.+?), got (.+?); (.+)$/s.exec(message) ?? [];
  return { path, expected, arrived, advice };
};

/** A policy may name any rule of the product, whether or not its pack is turned on now. */
const checkPolicies = ({ policies, rules }: Config['redaction']): Finding[] => {
  const shipped = rulesOf().map(({ id }) => id);
  const names = ['*', ...RULE_PACK_IDS, CUSTOM_PACK, ...rules.map(({ id }) => `${CUSTOM_PACK}.${id}`), ...shipped];
  return Object.entries(policies).flatMap(([name, policy]) =>
    Object.entries(policy).flatMap(([direction, actions]) =>
      Object.keys(actions).flatMap((rule) =>
        unknown(['redaction', 'policies', name, direction, rule], rule, names, 'a rule, a pack or *'),
      ),
    ),
  );
};

// Quoted as JSON: a name out of the file may hold line breaks, and a message is one line.
const unknown = (path: Path, name: string, known: readonly string[], expected: string): Finding[] => {
  if (known.includes(name)) return [];
  const nearest = nearestName(name, known);
  const advice = nearest === undefined ? 'see docs/redaction.md for the rules' : `did you mean ${nearest}?`;
  return [{ path, expected, arrived: JSON.stringify(name), advice }];
};
