import type { RedactionConfig } from '../../../../core/config/schema.ts';
import { createRedactor, ruleName } from '../create-redactor.ts';
import { type CustomRule, compileCustomRule } from '../custom/compile-custom-rule.ts';
import { rulesOf } from '../packs/packs.ts';
import { createPseudonyms } from '../pseudonyms.ts';
import { createRestorer } from '../restorer.ts';
import type { Rule } from '../rules/rule.ts';
import type { RuleEngine } from './engine-port.ts';

type Settings = Pick<RedactionConfig, 'packs' | 'rules'>;

interface ConfiguredRules {
  readonly rules: readonly Rule[];
  readonly customRules: readonly CustomRule[];
}

/** The rules of the packs that are turned on, and those of the configuration. */
export const configuredRules = ({ packs, rules }: Settings): ConfiguredRules => ({
  rules: rulesOf(packs),
  customRules: rules.map(compileCustomRule),
});

/** Compiles the rules of a configuration; `hashKey` keeps the values behind hashes from being guessed. */
export const openRules = (settings: Settings, hashKey?: string): RuleEngine => {
  const { rules, customRules } = configuredRules(settings);
  const names = [...customRules, ...rules].map(ruleName);
  return {
    rules: names,
    redactor(actionOf) {
      if (names.every((name) => actionOf(name) === 'off')) return undefined;
      return createRedactor({ rules, customRules, actionOf, ...(hashKey === undefined ? {} : { hashKey }) });
    },
    pseudonyms: createPseudonyms,
    restorer: createRestorer,
  };
};
