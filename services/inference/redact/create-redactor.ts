import { createReplace } from './actions.ts';
import { Collector } from './collector.ts';
import type { CustomRule } from './custom/compile-custom-rule.ts';
import { createCustomPipeline, createPipeline, type Pipeline } from './pipeline.ts';
import type { Pseudonyms, RedactionAction, Redactor } from './redactor.ts';
import type { Rule, RuleManifest } from './rules/rule.ts';
import { compileScanRules } from './scan/scan-rules.ts';

/** What a rule does; `off` leaves it out. */
export type RuleAction = RedactionAction | 'off';

/** What a policy may name: a rule by its id, or all rules of its pack. */
export interface RuleName {
  readonly id: string;
  readonly pack: string;
}

export interface RedactorOptions {
  /** Of the packs, in order of preference where matches overlap. */
  readonly rules: readonly Rule[];
  /** Of the configuration; they come before all others. */
  readonly customRules?: readonly CustomRule[];
  /** What a rule does; default: `mask`. */
  readonly actionOf?: (rule: RuleName) => RuleAction;
  /** For `hash`; without it, `hash` is `mask`. */
  readonly hashKey?: string | Uint8Array;
}

/** The name of a rule and of the pack that its id begins with. */
export const ruleName = ({ id }: RuleManifest): RuleName => ({ id, pack: id.slice(0, id.indexOf('.')) });

/** Builds a redactor: rules are compiled here, once. One-shot redaction is a stream of one piece. */
export const createRedactor = (options: RedactorOptions): Redactor => {
  const { rules, customRules = [], hashKey } = options;
  const actions = new Map<RuleManifest, RedactionAction>();
  for (const rule of [...customRules, ...rules]) {
    const action = options.actionOf?.(ruleName(rule)) ?? 'mask';
    if (action !== 'off') actions.set(rule, action);
  }
  const custom = customRules.filter((rule) => actions.has(rule));
  // The outputs of rules that are off are outputs all the same: another direction may have made them.
  const labels = [...rules, ...customRules].map(({ label }) => label);
  const scanRules = compileScanRules(
    rules.filter((rule) => actions.has(rule)),
    labels,
  );
  const replace = createReplace(hashKey);

  const open = (pseudonyms: Pseudonyms | undefined): Pipeline => {
    const collector = new Collector(actions, replace, pseudonyms);
    return custom.length === 0
      ? createPipeline(scanRules, collector)
      : createCustomPipeline(scanRules, custom, collector);
  };

  return {
    stream: (pseudonyms) => open(pseudonyms),
    redact(text, pseudonyms) {
      const pipeline = open(pseudonyms);
      const first = pipeline.push(text);
      const last = pipeline.end();
      return { text: first.text + last.text, findings: [...first.findings, ...last.findings] };
    },
  };
};
