import type { Rule } from '../rules/rule.ts';
import { CHAR, CHAR_CLASS } from '../text/char-classes.ts';
import { arrangeLabels, type LabelRules } from './labels.ts';
import { arrangeRunRules, type RunRules } from './run-rules.ts';

/** The rules of a redactor, compiled once for its scanners. */
export interface ScanRules {
  readonly all: readonly Rule[];
  readonly runs: RunRules;
  readonly labels: LabelRules;
  readonly block: Rule | undefined;
  /** `CHAR_CLASS`, with the last characters of Chinese labels as triggers. */
  readonly classes: Uint16Array;
  /** Labels in the redactor's own outputs. */
  readonly ownLabels: ReadonlySet<string>;
  /** Marks the signatures of words that are labels by themselves. */
  readonly wordSignatures: Uint8Array;
}

/** A cheap fingerprint of a word, case aside: most words are told from every label by it. */
export const wordSignature = (length: number, first: number, last: number): number =>
  (length * 64 + (first & 31) * 2 + (last & 31) * 97) & 4095;

/** Compiles rules; earlier ones win where matches overlap. */
export const compileScanRules = (rules: readonly Rule[], otherLabels: readonly string[] = []): ScanRules => {
  const labels = arrangeLabels(rules.filter((rule) => rule.kind === 'label'));
  const classes = CHAR_CLASS.slice();
  for (const character of labels.bare.keys()) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] ?? 0) | CHAR.trigger;
  }
  const wordSignatures = new Uint8Array(4096);
  for (const word of labels.words.keys()) {
    wordSignatures[wordSignature(word.length, word.charCodeAt(0), word.charCodeAt(word.length - 1))] = 1;
  }
  return {
    all: rules,
    runs: arrangeRunRules(rules),
    labels,
    block: rules.find((rule) => rule.kind === 'block'),
    classes,
    ownLabels: new Set([...rules.map((rule) => rule.label), ...otherLabels]),
    wordSignatures,
  };
};
