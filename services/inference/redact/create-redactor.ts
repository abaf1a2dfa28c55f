import { createReplace, type Replace } from './actions.ts';
import type { Finding, Pseudonyms, Redacted, RedactionAction, RedactionStream, Redactor } from './redactor.ts';
import type { Rule, RuleManifest } from './rules/rule.ts';
import { compileScanRules, type ScanRules } from './scan/scan-rules.ts';
import { Scanner, type ScanSink } from './scan/scanner.ts';

/** What a rule does; `off` leaves it out. */
export type RuleAction = RedactionAction | 'off';

/** What a policy may name: a rule by its id, or all rules of its pack. */
export interface RuleName {
  readonly id: string;
  readonly pack: string;
}

export interface RedactorOptions {
  /** In order of preference where matches overlap. */
  readonly rules: readonly Rule[];
  /** What a rule does; default: `mask`. */
  readonly actionOf?: (rule: RuleName) => RuleAction;
  /** For `hash`; without it, `hash` is `mask`. */
  readonly hashKey?: string | Uint8Array;
}

/** The name of a rule and of the pack that its id begins with. */
export const ruleName = ({ id }: RuleManifest): RuleName => ({ id, pack: id.slice(0, id.indexOf('.')) });

/** Gathers what a scanner decides until it is taken. */
class Collector implements ScanSink {
  private text = '';
  private findings: Finding[] = [];
  private open: Omit<Finding, 'length'> | undefined;
  private readonly actions: ReadonlyMap<RuleManifest, RedactionAction>;
  private readonly replaceMatch: Replace;
  private readonly pseudonyms: Pseudonyms | undefined;

  constructor(
    actions: ReadonlyMap<RuleManifest, RedactionAction>,
    replace: Replace,
    pseudonyms: Pseudonyms | undefined,
  ) {
    this.actions = actions;
    this.replaceMatch = replace;
    this.pseudonyms = pseudonyms;
  }

  keep(text: string): void {
    this.text += text;
  }

  replace(rule: Rule, start: number, raw: string, value: string, isOpen: boolean): void {
    const action = this.actions.get(rule) ?? 'mask';
    this.text += this.replaceMatch({ rule, raw, value, isOpen }, action, this.pseudonyms);
    if (isOpen) this.open = { rule: rule.id, action, start };
    else this.findings.push({ rule: rule.id, action, start, length: raw.length });
  }

  follow(raw: string): void {
    if (this.open?.action === 'observe') this.text += raw;
  }

  close(length: number): void {
    if (this.open !== undefined) this.findings.push({ ...this.open, length });
    this.open = undefined;
  }

  take(): Redacted {
    const taken = { text: this.text, findings: this.findings };
    this.text = '';
    this.findings = [];
    return taken;
  }
}

/** Builds a redactor: rules are compiled here, once. One-shot redaction is a stream of one piece. */
export const createRedactor = (options: RedactorOptions): Redactor => {
  const actions = new Map<RuleManifest, RedactionAction>();
  for (const rule of options.rules) {
    const action = options.actionOf?.(ruleName(rule)) ?? 'mask';
    if (action !== 'off') actions.set(rule, action);
  }
  const rules: ScanRules = compileScanRules(options.rules.filter((rule) => actions.has(rule)));
  const replace = createReplace(options.hashKey);

  const stream = (pseudonyms?: Pseudonyms): RedactionStream => {
    const collector = new Collector(actions, replace, pseudonyms);
    const scanner = new Scanner(rules, collector);
    return {
      push(piece) {
        scanner.push(piece);
        return collector.take();
      },
      end() {
        scanner.end();
        return collector.take();
      },
      get held() {
        return scanner.held;
      },
    };
  };

  return {
    stream,
    redact(text, pseudonyms) {
      const collector = new Collector(actions, replace, pseudonyms);
      const scanner = new Scanner(rules, collector);
      scanner.push(text);
      scanner.end();
      return collector.take();
    },
  };
};
