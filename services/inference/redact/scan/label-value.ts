import type { LabelRule } from '../rules/rule.ts';
import type { ScanBuffer } from './buffer.ts';
import type { AskedLabel } from './labels.ts';
import type { OnRefused } from './run.ts';

/** A value that follows a label, by places in the text. */
export interface Labelled {
  readonly rule: LabelRule;
  readonly start: number;
  readonly end: number;
  /** The window was full and the value reached its end: what follows may belong to it. */
  readonly runsOn: boolean;
}

/** What may stand between a label and its value; a stop character does not count before the value has begun. */
const LEAD = /[\s"'：:=\\]*/y;

/** Where enough has come for a rule; nothing when it has not. */
const enoughOf = (window: string, { enough }: AskedLabel): number | undefined => {
  if (enough === undefined) return undefined;
  enough.lastIndex = 0;
  return enough.test(window) ? enough.lastIndex : undefined;
};

/** The window after a label, or nothing while its end has not come. */
const windowFrom = (text: string, from: number, rule: AskedLabel, final: boolean): string | undefined => {
  const most = text.slice(from, from + rule.maxLength);
  const enough = enoughOf(most, rule);
  const window = enough === undefined ? most : most.slice(0, enough);
  LEAD.lastIndex = 0;
  LEAD.test(window);
  const begin = LEAD.lastIndex;
  const stop = (begin === 0 ? window : window.slice(begin)).search(rule.stop);
  if (stop >= 0) return window.slice(0, begin + stop + 1);
  return enough !== undefined || window.length === rule.maxLength || final ? window : undefined;
};

const OWN_OUTPUT = /\[[A-Z][A-Z0-9_]*(?::[0-9a-f]{8,32})?\]|\*{4}/;

/** What a label rule finds after its label, which ends at `from`. */
export const valueAfter = (
  buffer: ScanBuffer,
  from: number,
  asked: AskedLabel,
  final: boolean,
  onRefused?: OnRefused,
): Labelled | 'more' | undefined => {
  const window = windowFrom(buffer.text, from, asked, final);
  if (window === undefined) return 'more';
  const { rule, pattern } = asked;
  pattern.lastIndex = 0;
  const match = pattern.exec(window);
  const value = match === null ? undefined : asked.value(match);
  // What holds an output of the redactor was looked at before.
  if (match === null || value === undefined || value === '' || OWN_OUTPUT.test(value)) return undefined;
  const offset = match[0].lastIndexOf(value);
  const end = from + offset + value.length;
  const start = rule.includesLabel === true ? from - 1 : from + offset;
  const refusal = rule.refuse?.(value, window.slice(offset + value.length), buffer.contextAt(from));
  if (refusal !== undefined) {
    onRefused?.(rule, start, end, refusal);
    return undefined;
  }
  return { rule, start, end, runsOn: rule.runsOn !== undefined && end === from + rule.maxLength };
};
