import type { Replace } from './actions.ts';
import type { Finding, Pseudonyms, Redacted, RedactionAction } from './redactor.ts';
import type { RuleManifest } from './rules/rule.ts';
import type { ScanSink } from './scan/scanner.ts';

/** Leads places of a text in which something was replaced back to places of the text before that. */
export class Places {
  private readonly shifts: { at: number; by: number }[] = [];
  private by = 0;

  /** From `at` on in the later text, places lie `by` more units further in the earlier one. */
  shift(at: number, by: number): void {
    this.by += by;
    this.shifts.push({ at, by: this.by });
  }

  /** Asked in rising order: what lies before the last place that was asked for is forgotten. */
  before(place: number): number {
    let by = 0;
    while ((this.shifts[1]?.at ?? Number.POSITIVE_INFINITY) <= place) this.shifts.shift();
    const [first] = this.shifts;
    if (first !== undefined && first.at <= place) by = first.by;
    return place + by;
  }
}

/** Most tokens of a stream bring nothing that is decided. */
const NOTHING: Redacted = Object.freeze({ text: '', findings: Object.freeze([]) });

/** Gathers what a scanner decides until it is taken. */
export class Collector implements ScanSink {
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

  replace(rule: RuleManifest, start: number, raw: string, value: string, isOpen: boolean): void {
    const action = this.actionOf(rule);
    this.text += this.replacement(rule, raw, value, isOpen);
    if (isOpen) this.open = { rule: rule.id, action, start };
    else this.findings.push({ rule: rule.id, action, start, length: raw.length });
  }

  /** What stands instead of a match; nothing is gathered. */
  replacement(rule: RuleManifest, raw: string, value: string, isOpen: boolean): string {
    return this.replaceMatch({ rule, raw, value, isOpen }, this.actionOf(rule), this.pseudonyms);
  }

  actionOf(rule: RuleManifest): RedactionAction {
    return this.actions.get(rule) ?? 'mask';
  }

  follow(raw: string): void {
    if (this.open?.action === 'observe') this.text += raw;
  }

  close(length: number): void {
    if (this.open !== undefined) this.findings.push({ ...this.open, length });
    this.open = undefined;
  }

  take(): Redacted {
    const { text, findings } = this;
    if (text !== '') this.text = '';
    if (findings.length === 0) return text === '' ? NOTHING : { text, findings: NOTHING.findings };
    this.findings = [];
    return { text, findings };
  }
}
