import { type Collector, Places } from './collector.ts';
import type { CustomRule } from './custom/compile-custom-rule.ts';
import { CustomScanner } from './custom/custom-scanner.ts';
import type { Finding, Redacted } from './redactor.ts';
import type { ScanRules } from './scan/scan-rules.ts';
import { Scanner } from './scan/scanner.ts';

/** What a text goes through. */
export interface Pipeline {
  push(piece: string): Redacted;
  end(): Redacted;
  readonly held: number;
}

/** The rules of the packs alone. */
export const createPipeline = (rules: ScanRules, collector: Collector): Pipeline => {
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

/**
 * The rules of a configuration first, then those of the packs over what they left. A replacement goes through the second
 * scanner as one of the redactor's own outputs, which it does not look into; findings are led back to the first text.
 */
export const createCustomPipeline = (
  rules: ScanRules,
  customRules: readonly CustomRule[],
  collector: Collector,
): Pipeline => {
  const scanner = new Scanner(rules, collector);
  const places = new Places();
  let passed = 0;
  let waiting: Finding[] = [];
  const pass = (text: string): void => {
    passed += text.length;
    scanner.push(text);
  };
  const custom = new CustomScanner(customRules, rules.ownLabels, {
    keep: pass,
    replace(rule, start, raw, value) {
      const replacement = collector.replacement(rule, raw, value, false);
      waiting.push({ rule: rule.id, action: collector.actionOf(rule), start, length: raw.length });
      pass(replacement);
      places.shift(passed, raw.length - replacement.length);
    },
  });

  /** Findings of both, in order of place: one of the first scanner waits until the second has come past it. */
  const take = (isOver: boolean): Redacted => {
    const { text, findings } = collector.take();
    const led = findings.map((finding) => {
      const start = places.before(finding.start);
      return { ...finding, start, length: places.before(finding.start + finding.length) - start };
    });
    const decided = isOver ? Number.POSITIVE_INFINITY : places.before(scanner.decided);
    const ready = waiting.filter(({ start }) => start < decided);
    waiting = waiting.filter(({ start }) => start >= decided);
    return { text, findings: [...led, ...ready].sort((one, other) => one.start - other.start) };
  };

  return {
    push(piece) {
      custom.push(piece);
      return take(false);
    },
    end() {
      custom.end();
      scanner.end();
      return take(true);
    },
    get held() {
      return custom.held + scanner.held;
    },
  };
};
